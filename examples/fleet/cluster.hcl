# Why: many clusters of the same shape are one table and three dynamic blocks.
# 300 pairs of web servers stand in 30 racks; every address, vhid and name
# follows from the number of the pair. (The golden trees keep the first pair.)

cluster "fleet" {
  freebsd = "14.2"
  domain  = "example.org"
}

variable "carp_password" {
  type      = string
  sensitive = true
}

locals {
  racks = { for r in range(30) : format("rack%02d", r) => cidrsubnet("10.64.0.0/16", 8, r) }

  pairs = {
    for i in range(300) : format("pair%03d", i) => {
      rack = format("rack%02d", floor(i / 10))
      slot = i % 10
    }
  }

  hosts = merge([
    for name, p in local.pairs : {
      "${name}a" = { rack = p.rack, address = cidrhost(local.racks[p.rack], 10 + 2 * p.slot) }
      "${name}b" = { rack = p.rack, address = cidrhost(local.racks[p.rack], 11 + 2 * p.slot) }
    }
  ]...)
}

dynamic "network" {
  for_each = local.racks
  labels   = [network.key]
  content {
    prefixes = [network.value]
    gateway  = cidrhost(network.value, -2)
  }
}

dynamic "node" {
  for_each = local.hosts
  labels   = [node.key]
  content {
    interface "ix0" {
      network   = network[node.value.rack]
      addresses = [node.value.address]
    }
  }
}

dynamic "vip" {
  for_each = local.pairs
  labels   = [vip.key]
  content {
    network   = network[vip.value.rack]
    vhid      = 1 + vip.value.slot
    password  = var.carp_password
    addresses = [cidrhost(local.racks[vip.value.rack], 101 + vip.value.slot)]
    prefer    = [node["${vip.key}a"], node["${vip.key}b"]]
  }
}

dynamic "failover" {
  for_each = local.pairs
  iterator = pair # the word failover would do; vip has to stay the block here
  labels   = [pair.key]
  content {
    vip      = vip[pair.key]
    services = ["nginx"]
  }
}
