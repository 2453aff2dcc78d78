# Why: a pair of firewalls has no storage. Three addresses on three networks
# move together (net.inet.carp.preempt sees to it), pfsync keeps the states of
# pf on both hosts so that connections survive, and one service runs only where
# the addresses are.

cluster "firewall" {
  freebsd = "14.2"
  domain  = "example.org"

  rc = {
    gateway_enable = true
    pf_enable      = true
    pflog_enable   = true
  }
}

variable "carp_passwords" {
  type        = map(string)
  sensitive   = true
  description = "the password of each network"
}

network "wan" {
  prefixes       = ["198.51.100.0/24"]
  gateway        = "198.51.100.1"
  reserved_vhids = { 1 = "the provider's routers" }
}

network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.1" # the hosts of the network route over the shared address
}

network "dmz" {
  prefixes = ["192.0.2.0/24"]
  gateway  = "192.0.2.1"
}

network "sync" {
  prefixes = ["172.16.0.0/30"]
}

node "fw1" {
  interface "igb0" {
    network   = network.wan
    addresses = ["198.51.100.11/24"]
  }
  interface "igb1" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
  interface "igb2" {
    network   = network.dmz
    addresses = ["192.0.2.2/24"]
  }
  interface "igb3" {
    network   = network.sync
    addresses = ["172.16.0.1/30"]
  }
}

node "fw2" {
  interface "igb0" {
    network   = network.wan
    addresses = ["198.51.100.12/24"]
  }
  interface "igb1" {
    network   = network.lan
    addresses = ["10.0.0.3/24"]
  }
  interface "igb2" {
    network   = network.dmz
    addresses = ["192.0.2.3/24"]
  }
  interface "igb3" {
    network   = network.sync
    addresses = ["172.16.0.2/30"]
  }
}

vip "wan" {
  network   = network.wan
  vhid      = 11
  password  = var.carp_passwords["wan"]
  addresses = ["198.51.100.10/24", "198.51.100.20/24"] # our own, and the mail server's
  prefer    = [node.fw1, node.fw2]
}

vip "lan" {
  network   = network.lan
  vhid      = 12
  password  = var.carp_passwords["lan"]
  addresses = ["10.0.0.1/24"]
  prefer    = [node.fw1, node.fw2]
}

vip "dmz" {
  network   = network.dmz
  vhid      = 13
  password  = var.carp_passwords["dmz"]
  addresses = ["192.0.2.1/24"]
  prefer    = [node.fw1, node.fw2]
}

pfsync "states" {
  network = network.sync
  mode    = "unicast" # the cable has two ends, so each host names the other
}

failover "gateway" {
  vips     = [vip.wan, vip.lan, vip.dmz]
  services = ["openvpn"]
}

# The cable of the provider is not the cluster's to mend, but somebody has to know.
devd "uplink" {
  match   = { system = "IFNET", subsystem = "igb0", type = "LINK_(UP|DOWN)" }
  actions = ["logger -p daemon.warning -t uplink igb0 $type"]
}
