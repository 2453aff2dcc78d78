# Why: IPv4 and IPv6 of one service. Each family has a vhid of its own: one
# vhid with both would send two kinds of advertisements and flap as soon as one
# of the two is filtered. The failover moves them together, IPv4 is the trigger.

cluster "dual" {
  freebsd = "14.2"
  domain  = "example.org"

  # The gateway of a network is one address, here the IPv4 one.
  rc = { ipv6_defaultrouter = "fe80::1%vtnet0" }
}

variable "carp_password" {
  type      = string
  sensitive = true
}

network "front" {
  prefixes = ["192.0.2.0/24", "2001:db8:0:1::/64"]
  gateway  = "192.0.2.254"
}

node "web1" {
  interface "vtnet0" {
    network   = network.front
    addresses = ["192.0.2.1/24", "2001:db8:0:1::1/64"]
  }
}

node "web2" {
  interface "vtnet0" {
    network   = network.front
    addresses = ["192.0.2.2/24", "2001:db8:0:1::2/64"]
  }
}

vip "web4" {
  network   = network.front
  vhid      = 4
  password  = var.carp_password
  addresses = ["192.0.2.10"]
  prefer    = [node.web1, node.web2]
}

vip "web6" {
  network   = network.front
  vhid      = 6
  password  = var.carp_password
  addresses = ["2001:db8:0:1::10"]
  prefer    = [node.web1, node.web2]
}

failover "web" {
  vips     = [vip.web4, vip.web6]
  services = ["nginx"]
}
