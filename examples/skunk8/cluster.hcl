# Why: the cluster of a well-known article of 2011 that many file servers were
# built after, to the letter: FreeBSD 8.1, skunk1 and skunk2, shared address
# 10.0.0.3. Its rc.conf, devd.conf and switch arguments must come out as they
# were printed there. The password is here in the open because the article
# printed it; for a cluster of your own delete the default and give the value from
# outside.

cluster "skunk8" {
  freebsd = "8.1"
  domain  = "example.org"
}

variable "carp_password" {
  type      = string
  sensitive = true
  default   = "FeedLucasGelato"
}

network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254"
}

network "sync" {
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

vip "files" {
  network   = network.lan
  vhid      = 1
  password  = var.carp_password
  addresses = ["10.0.0.3/24"]
  on "skunk1" { advskew = 10 }
  on "skunk2" { advskew = 20 }
}

hast "shared" {
  network = network.sync
  local   = "/dev/ad4"
  on "skunk1" {}
  on "skunk2" {}
}

ufs "/shared" {
  hast = hast.shared
}

failover "files" {
  vip      = vip.files
  storage  = [ufs["/shared"]]
  services = ["mountd", "nfsd"]
  mail     = ["root"]
}
