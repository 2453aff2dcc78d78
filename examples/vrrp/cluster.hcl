# Why: from FreeBSD 15 on the address can be shared by VRRPv3 instead of CARP,
# with a router of another make as a partner. There is no password, and a higher
# priority wins where CARP's lower advskew does.

cluster "edge" {
  freebsd = "15.0"
  domain  = "example.org"
  rc      = { gateway_enable = true }
}

network "lan" {
  prefixes = ["10.0.0.0/24"]
}

node "edge1" {
  interface "ix0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
  }
}

node "edge2" {
  interface "ix0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
}

vip "gateway" {
  network   = network.lan
  vhid      = 9
  protocol  = "vrrp"
  addresses = ["10.0.0.254/24"]
  prefer    = [node.edge1, node.edge2] # vrrpprio 200 and 190
}
