# Two FreeBSD hosts that stand in for each other: one shared address, one
# mirrored disk with a ZFS pool on it, and the services that move with them.
#
# Change what is yours, then:
#
#   carpool validate
#   CARPOOL_VAR_carp_password=... carpool render -o out

cluster "site" {
  freebsd = "14.2"        # release of every node, unless the node says otherwise
  domain  = "example.org" # host name of a node: its label and this
}

# The password that the hosts prove themselves to each other with. Its value
# comes from CARPOOL_VAR_carp_password, -var or -var-file, never from here.
variable "carp_password" {
  type      = string
  sensitive = true
}

# A network is one broadcast domain. The gateway is how a host tells "my peer
# is dead" from "I am cut off".
network "lan" {
  prefixes = ["10.0.0.0/24"]
  gateway  = "10.0.0.254"
}

# A cable of its own between the two, for the mirrored disk.
network "sync" {
  prefixes = ["172.16.0.0/30"]
}

node "alpha" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.1/30"]
  }
}

node "beta" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2/24"]
  }
  interface "em1" {
    network   = network.sync
    addresses = ["172.16.0.2/30"]
  }
}

# The shared address. The vhid is a number from 1 to 255 that nobody else uses
# on the network, routers with VRRP included.
vip "files" {
  network   = network.lan
  vhid      = 1
  password  = var.carp_password
  addresses = ["10.0.0.3/24"]
  prefer    = [node.alpha, node.beta] # the first that is alive has it
}

# The mirrored disk: a whole disk or partition of each host, of the same size.
hast "disk0" {
  network = network.sync
  local   = "/dev/ada1"
  nodes   = [node.alpha, node.beta]
}

zpool "tank" {
  hast = [hast.disk0]
}

# What moves together: the address is the trigger, the pool comes first and
# leaves last, the services start in this order and stop in reverse.
failover "files" {
  vip      = vip.files
  storage  = [zpool.tank]
  services = ["mountd", "nfsd"]
  mail     = ["root"]
}
