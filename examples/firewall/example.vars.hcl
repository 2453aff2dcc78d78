# Values for tests of this example; a real one is kept outside the repository.
carp_passwords = {
  wan = "ExampleWan1"
  lan = "ExampleLan2"
  dmz = "ExampleDmz3"
}
