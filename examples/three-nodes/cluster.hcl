# Why: CARP takes more than two members (HAST does not). Three resolvers share
# two addresses, so that clients which know only one server still have three;
# each address prefers another host.

cluster "resolvers" {
  freebsd = "13.2"
  domain  = "example.org"
}

variable "carp_password" {
  type      = string
  sensitive = true
}

network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254"
}

node "ns1" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
  }
}

node "ns2" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
}

node "ns3" {
  interface "bge0" {
    network   = network.lan
    addresses = ["10.0.0.3/24"]
  }
}

vip "first" {
  network   = network.lan
  vhid      = 53
  password  = var.carp_password
  addresses = ["10.0.0.53/24"]
  prefer    = [node.ns1, node.ns2, node.ns3]
}

vip "second" {
  network   = network.lan
  vhid      = 54
  password  = var.carp_password
  addresses = ["10.0.0.54/24"]
  prefer    = [node.ns2, node.ns3, node.ns1]
}
