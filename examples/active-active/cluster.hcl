# Why: two hosts that both work. Each prefers one address with its own mirrored
# disk and pool, and serves both when the other is gone. failback = "auto" gives
# the work back as soon as the returned host has a current copy.

cluster "both" {
  freebsd = "14.2"
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

node "left" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1"] # the length is that of the network's prefix
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.1"]
  }
}

node "right" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.2"]
  }
}

vip "home" {
  network   = network.lan
  vhid      = 1
  password  = var.carp_password
  addresses = ["10.0.0.11"]
  prefer    = [node.left, node.right]
}

vip "work" {
  network   = network.lan
  vhid      = 2
  password  = var.carp_password
  addresses = ["10.0.0.12"]
  prefer    = [node.right, node.left]
}

hast "home" {
  network = network.sync
  local   = "/dev/ada1"
  nodes   = [node.left, node.right]
}

hast "work" {
  network = network.sync
  local   = "/dev/ada2"
  nodes   = [node.left, node.right]
}

zpool "home" {
  hast = [hast.home]
}

zpool "work" {
  hast = [hast.work]
}

failover "home" {
  vip      = vip.home
  storage  = [zpool.home]
  failback = "auto"
  mail     = ["root"]
  hooks {
    after_master = "/usr/local/libexec/export-home"
  }
}

failover "work" {
  vip      = vip.work
  storage  = [zpool.work]
  services = ["jail work"]
  failback = "auto"
  mail     = ["root"]
}
