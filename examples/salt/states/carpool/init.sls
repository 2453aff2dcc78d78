{#-
  Brings a host to what `carpool render` wrote: files with owner and mode, the
  address given away before anything in use is replaced, and then only what the
  changed files need. Run it on one host at a time, those that stand by first.

  It reads
    salt://carpool/tree         carpool render site -o …/carpool/tree --secrets jinja
    pillar carpool              from carpool pillar: cmd_yaml in ext_pillar
    pillar carpool_secrets      the values of the variables that the templates read
    pillar carpool_deploy       optional: root, run, owner, group, for jails and trials
-#}
{%- set host = pillar['carpool'] %}
{%- set deploy = salt['pillar.get']('carpool_deploy', {}) %}
{%- set root = deploy.get('root', '') %}
{%- set run = deploy.get('run', []) %}
{%- set secrets = salt['pillar.get']('carpool_secrets', {}) %}
{%- import_json 'carpool/tree/manifest.json' as manifest %}
{%- set files = manifest['files'] | selectattr('node', 'equalto', host['node']) | list %}
{%- set switch = host['script_dir'] ~ '/carp-hast-switch' %}

{#- Which groups the switch serves here. Exit code 78: its settings cannot be
    trusted, and it touches nothing. #}
{%- set installed = salt['file.file_exists'](root ~ switch) %}
{%- set status = salt['cmd.run_all'](run + [switch, 'status', '--json'], python_shell=False, ignore_retcode=True) if installed else {} %}
{%- set serving = [] %}
{%- if installed and status['retcode'] == 0 %}
{%- for group in (status['stdout'] | load_json)['groups'] if group['state'] in ['serving', 'changing'] %}
{%- do serving.append(group['name']) %}
{%- endfor %}
{%- endif %}

{#- What cannot be deployed fails here, before anything is touched. #}
{%- set missing = [] %}
{%- for file in files %}
{%- for name in file.get('variables', []) if not secrets.get(name) and name not in missing %}
{%- do missing.append(name) %}
{%- endfor %}
{%- endfor %}
{%- if manifest['format_version'] != 1 or not files or files | selectattr('content', 'equalto', 'redacted') | list %}
{{ raise('salt://carpool/tree is no tree for ' ~ host['node'] ~ ': it is of another version of carpool, has no files for this host, or was rendered with --secrets redact') }}
{%- endif %}
{%- if missing %}
{{ raise('pillar carpool_secrets has no value for ' ~ missing | join(', ')) }}
{%- endif %}
{%- if installed and status['retcode'] not in [0, 78] %}
{{ raise('carp-hast-switch status failed: ' ~ status['stderr']) }}
{%- endif %}

{%- set restarts = ['service hastd reload', 'service devd restart', 'service carp_hast_switch start'] %}
{%- set restarting = files | selectattr('on_change', 'in', restarts) | map(attribute='path') | list %}

{%- for file in files %}
{{ root }}/{{ file['path'] }}:
  file.managed:
    - source: salt://carpool/tree/{{ host['node'] }}/{{ file['path'] }}
    - user: {{ deploy.get('owner', file['owner']) | json }}
    - group: {{ deploy.get('group', file['group']) | json }}
    - mode: {{ file['mode'] | json }}
    - makedirs: true
    {#- Kept in the minion's cache: a copy in rc.d would be run at boot. #}
    - backup: minion
    {%- if file['content'] == 'jinja' %}
    - template: jinja
    {%- endif %}
    {%- if file.get('variables') %}
    - context:
      {%- for name in file['variables'] %}
        {{ name }}: {{ secrets[name] | json }}
      {%- endfor %}
    {%- endif %}
    {%- if file['secret'] %}
    - show_changes: false
    {%- endif %}
{%- endfor %}

{#- prereq: run before these files change, and only if they will. If it is
    refused, nothing is written. #}
{%- for group in serving %}
carpool gives away {{ group }}:
  cmd.run:
    - name: {{ (run + [switch, 'give', group]) | join(' ') | json }}
    - prereq:
      {%- for path in restarting %}
      - file: {{ root }}/{{ path }}
      {%- endfor %}
{%- endfor %}

{#- On a host without the switch nothing runs yet: `carpool bootstrap` lists
    what is typed once. #}
{%- if installed %}
{%- for command in ['service sysctl restart'] + restarts %}
{%- set paths = files | selectattr('on_change', 'equalto', command) | map(attribute='path') | list %}
{%- if paths %}
carpool runs {{ command }}:
  cmd.run:
    - name: {{ (run + [command]) | join(' ') | json }}
    - onchanges:
      {%- for path in paths %}
      - file: {{ root }}/{{ path }}
      {%- endfor %}
{%- endif %}
{%- endfor %}
{%- endif %}
