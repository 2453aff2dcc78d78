# Why: rented hosts on a network that carries no multicast, as many providers
# have it. From FreeBSD 14 on CARP can send to one peer instead; multicast =
# false on the network is all it takes, and each host names the other.

cluster "rented" {
  freebsd = "14.1"
  domain  = "example.net"
}

variable "carp_password" {
  type      = string
  sensitive = true
}

network "provider" {
  prefixes  = ["203.0.113.0/26"]
  gateway   = "203.0.113.62"
  multicast = false
}

node "mx1" {
  interface "vtnet0" {
    network   = network.provider
    addresses = ["203.0.113.11/26"]
  }
}

node "mx2" {
  interface "vtnet0" {
    network   = network.provider
    addresses = ["203.0.113.12/26"]
  }
}

vip "mail" {
  network   = network.provider
  vhid      = 25
  password  = var.carp_password
  addresses = ["203.0.113.10/26"]
  prefer    = [node.mx1, node.mx2]
}

failover "mail" {
  vip      = vip.mail
  services = ["postfix"]
  mail     = ["postmaster@example.net"]
}
