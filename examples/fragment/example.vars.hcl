# For tests of this example only; a real value is kept outside the repository.
carp_password = "ExampleShop1"
