# Why: the first description to read. Two file servers on FreeBSD 14 stand in
# for each other: one shared address, one mirrored disk with a ZFS pool on it,
# the services that use it, and a mail to root about every take-over. It is the
# cluster of examples/skunk8 as it would be built today.

cluster "skunk" {
  freebsd = "14.2"        # release of every node unless the node says otherwise
  domain  = "example.org" # hostname of a node = its label + domain
}

# Both hosts prove themselves to each other with this password. The default
# lets you try the example as it is. It is no secret: whoever has carpool has
# it. For a cluster of your own delete the default and give the value from
# outside: CARPOOL_VAR_carp_password, -var-file or -var.
variable "carp_password" {
  type      = string
  sensitive = true
  default   = "ReplaceThisOne"
}

network "lan" { # one network = one broadcast domain
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254" # the router: tells "peer dead" from "I am cut off"
}

network "sync" { # a cable of its own for the mirrored disk
  prefixes = ["172.16.0.0/30"]
}

node "skunk1" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.1/30"]
  }
}

node "skunk2" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.2/30"]
  }
}

vip "web" {
  network   = network.lan
  vhid      = 1
  password  = var.carp_password
  addresses = ["10.0.0.3/24"]
  on "skunk1" { advskew = 10 } # lower advskew is the preferred master
  on "skunk2" { advskew = 20 }
}

hast "shared" {
  network     = network.sync # `remote` of each node is derived: its peer's address there
  replication = "memsync"
  local       = "/dev/ada1"
  on "skunk1" {}
  on "skunk2" { local = "/dev/ada2" }
}

zpool "tank" {
  hast = [hast.shared]
}

failover "files" { # what moves together
  vip      = vip.web
  storage  = [zpool.tank]
  services = ["mountd", "nfsd"] # started in this order on the new master, stopped in reverse
  mail     = ["root"]
}
