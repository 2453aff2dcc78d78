base:
  'I@carpool:node':
    - match: compound
    - carpool
