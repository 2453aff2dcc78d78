base:
  '*':
    - carpool_secrets
