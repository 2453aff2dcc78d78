#!jinja|yaml|gpg
# The values of the variables that the templates read. Write them as GPG
# messages, which the master decrypts; the value here is for trying it out.
carpool_secrets:
  carp_password: ReplaceThisOne
