# Why: the interfaces of real hosts. Two ports are one lagg, VLANs lie on it,
# and addresses on the VLANs move; a port is renamed so that both hosts use the
# same name for different hardware, and one VLAN is a bridge for guests.

cluster "lab" {
  freebsd = "13.3"
  domain  = "example.org"
}

variable "carp_password" {
  type      = string
  sensitive = true
}

network "office" {
  prefixes = ["10.0.10.0/24"]
  gateway  = "10.0.10.254"
  vlan     = 10
}

network "guests" {
  prefixes = ["10.0.20.0/24"]
  vlan     = 20
}

network "sync" {
  prefixes = ["172.16.0.0/30"]
}

node "lab1" {
  interface "lagg0" {
    laggproto = "lacp"
    laggports = ["ix0", "ix1"]
    mtu       = 9000
  }
  interface "lagg0.10" { # a VLAN by its name: parent and tag
    network   = network.office
    addresses = ["10.0.10.1/24"]
    mtu       = 1500
  }
  interface "lagg0.20" {
    mtu = 1500
  }
  interface "bridge0" {
    bridge    = ["lagg0.20"]
    network   = network.guests
    addresses = ["10.0.20.1/24"]
  }
  interface "sync0" { # what the driver calls igb0
    device    = "igb0"
    network   = network.sync
    addresses = ["172.16.0.1/30"]
  }
}

node "lab2" {
  interface "lagg0" {
    laggproto = "lacp"
    laggports = ["ix0", "ix1"]
    mtu       = 9000
  }
  interface "lagg0.10" {
    network   = network.office
    addresses = ["10.0.10.2/24"]
    mtu       = 1500
  }
  interface "lagg0.20" {
    mtu = 1500
  }
  interface "bridge0" {
    bridge    = ["lagg0.20"]
    network   = network.guests
    addresses = ["10.0.20.2/24"]
  }
  interface "sync0" {
    device    = "em0"
    network   = network.sync
    addresses = ["172.16.0.2/30"]
  }
}

vip "office" {
  network   = network.office
  vhid      = 10
  password  = var.carp_password
  addresses = ["10.0.10.3/24"]
  prefer    = [node.lab1, node.lab2]
}

vip "guests" {
  network   = network.guests
  vhid      = 20
  password  = var.carp_password
  addresses = ["10.0.20.3/24"]
  prefer    = [node.lab1, node.lab2]
}

hast "vms" {
  network = network.sync
  local   = "/dev/gpt/vms"
}

zpool "vms" {
  hast    = [hast.vms]
  options = ["readonly=off"]
  altroot = "/vms"
}

failover "vms" {
  vips     = [vip.office, vip.guests]
  storage  = [zpool.vms]
  services = ["vm"]
}
