# Why: a mirrored disk with UFS on it, for hosts with little memory. The switch
# checks the file system before it mounts it; /etc/fstab does not know it.

cluster "small" {
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

network "sync" {
  prefixes = ["172.16.0.0/30"]
}

node "pi1" {
  interface "genet0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
  }
  interface "ue0" {
    network   = network.sync
    addresses = ["172.16.0.1/30"]
  }
}

node "pi2" {
  interface "genet0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
  interface "ue0" {
    network   = network.sync
    addresses = ["172.16.0.2/30"]
  }
}

vip "db" {
  network   = network.lan
  vhid      = 3
  password  = var.carp_password
  addresses = ["10.0.0.3/24"]
  prefer    = [node.pi1, node.pi2]
}

hast "db" {
  network     = network.sync
  local       = "/dev/da0p1"
  replication = "fullsync" # every write is on both disks before it is acknowledged
  checksum    = "crc32"
  timeout     = 15
}

ufs "/var/db/postgres" {
  hast    = hast.db
  options = ["noatime"]
  fsck    = "preen"
}

failover "db" {
  vip      = vip.db
  storage  = [ufs["/var/db/postgres"]]
  services = ["postgresql"]
  mail     = ["dba@example.org"]
  alone    = "never" # without the peer's word an operator decides
  hooks {
    failed = "/usr/local/libexec/page-the-operator"
  }
}
