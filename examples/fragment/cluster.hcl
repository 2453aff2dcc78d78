# Why: hosts that are there already and keep files of their own. In fragment
# mode carpool writes beside them: rc.conf.local, sysctl.conf.local,
# loader.conf.local, and a file of its own for devd. Host name and the hosts'
# own addresses stay where they are, and alias numbers begin where they are free.

cluster "shop" {
  freebsd = "14.2"
  domain  = "example.org"
}

variable "carp_password" {
  type      = string
  sensitive = true
}

output {
  mode        = "fragment"
  alias_start = 10
  script_dir  = "/usr/local/libexec/carpool"
}

network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254"
}

network "sync" {
  prefixes = ["172.16.0.0/30"]
}

node "shop1" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.1/30"]
  }
}

node "shop2" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.2/30"]
  }
}

vip "shop" {
  network   = network.lan
  vhid      = 7
  password  = var.carp_password
  addresses = ["10.0.0.3/24"]
  prefer    = [node.shop1, node.shop2]
}

hast "shop" {
  network = network.sync
  local   = "/dev/gpt/shop"
}

zpool "shop" {
  hast = [hast.shop]
}

failover "shop" {
  vip      = vip.shop
  storage  = [zpool.shop]
  services = ["postgresql", "apache24"]
  mail     = ["root"]
}
