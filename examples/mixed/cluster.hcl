# Why: an upgrade takes time, and the cluster works meanwhile. old1 still runs
# 9.3 and has its address on carp0; new2 runs 13.2 and has the vhid on its
# network card. Both understand each other; rc.conf, loader.conf and devd's
# events differ, the description does not.

cluster "upgrade" {
  freebsd = "9.3"
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

node "old1" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.1/30"]
  }
}

node "new2" {
  freebsd = "13.2"
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.2/30"]
  }
}

vip "files" {
  network   = network.lan
  vhid      = 1
  password  = var.carp_password
  addresses = ["10.0.0.3/24"]
  prefer    = [node.new2, node.old1]
}

hast "files" {
  network = network.sync
  local   = "/dev/ada1"
  nodes   = [node.old1, node.new2]
}

ufs "/files" { # a pool would tie both hosts to the features that 9.3 knows
  hast = hast.files
}

failover "files" {
  vip      = vip.files
  storage  = [ufs["/files"]]
  services = ["samba"]
  on "new2" { services = ["samba_server"] } # the port of today has another name
}
