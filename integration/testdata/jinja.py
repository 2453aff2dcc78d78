"""Fills in templates that carpool rendered and compares them with the files
that it rendered with the values. Reads a JSON list of {template, plain, values}
on stdin, prints how many comparisons were made.

With the argument "salt" the environment is Salt's, else Jinja2's own in every
combination of the options that have to do with blanks and line ends."""

import itertools
import json
import sys

import jinja2
import jinja2.sandbox


def plain_environments():
    for kind in (jinja2.Environment, jinja2.sandbox.SandboxedEnvironment):
        for trim, lstrip, keep in itertools.product((False, True), repeat=3):
            yield kind(
                undefined=jinja2.StrictUndefined,
                trim_blocks=trim,
                lstrip_blocks=lstrip,
                keep_trailing_newline=keep,
            )


def fillers():
    if sys.argv[1:] == ["salt"]:
        import salt.config
        from salt.utils.templates import JINJA

        for options in ({}, {"trim_blocks": True, "lstrip_blocks": True}):
            opts = salt.config.minion_config(None)
            opts["file_client"] = "local"
            opts["jinja_env"] = options

            def fill(text, values, opts=opts):
                answer = JINJA(text, from_str=True, to_str=True, opts=opts, saltenv="base", salt={}, grains={}, pillar={}, context=values)
                if not answer["result"]:
                    raise RuntimeError(answer["data"])
                return answer["data"]

            yield fill
        return
    for environment in plain_environments():
        yield lambda text, values, environment=environment: environment.from_string(text).render(values)


def read(name):
    with open(name, newline="", encoding="utf-8") as f:
        return f.read()


pairs = json.load(sys.stdin)
count = 0
for fill in fillers():
    for pair in pairs:
        if fill(read(pair["template"]), pair["values"]) != read(pair["plain"]):
            sys.exit("%s does not come back as %s" % (pair["template"], pair["plain"]))
        count += 1
print(count)
