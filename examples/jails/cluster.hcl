# Why: two kinds of hosts that are not quite hosts. www1 and www2 are vnet
# jails: they have a network stack of their own and so a vhid, but no kernel to
# load modules into and no devd. The router is somebody else's: nothing is
# rendered for it, yet its address and its vhid are known, so that nobody takes
# them twice.

cluster "jails" {
  freebsd = "14.2"
  domain  = "example.org"
}

variable "carp_password" {
  type      = string
  sensitive = true
}

network "front" {
  prefixes       = ["192.0.2.0/24"]
  gateway        = node.router.interface.ge0.ips[0]
  reserved_vhids = { 1 = "VRRP of the router" }
}

node "router" {
  managed     = false
  description = "the provider's"
  interface "ge0" {
    network   = network.front
    addresses = ["192.0.2.1/24"]
  }
}

node "www1" {
  jail = true
  interface "epair1b" {
    network   = network.front
    addresses = ["192.0.2.11/24"]
  }
}

node "www2" {
  jail = true
  interface "epair2b" {
    network   = network.front
    addresses = ["192.0.2.12/24"]
  }
}

vip "www" {
  network   = network.front
  vhid      = 80
  password  = var.carp_password
  addresses = ["192.0.2.10/24"]
  prefer    = [node.www1, node.www2]
}
