package main

import (
	"bytes"
	"fmt"
)

// Pairs in one rack, which has a network for clients and one for storage.
// Fewer than 255, the number of vhids of a network.
const pairsPerRack = 50

// fleet writes the description of so many pairs out, block by block, as a tool
// that knows no dynamic blocks would: about 1 kB for each pair.
func fleet(pairs int) []byte {
	var b bytes.Buffer
	b.WriteString("cluster \"fleet\" {\n  freebsd = \"14.2\"\n  domain  = \"example.org\"\n}\n")
	for i := range pairs {
		if i%pairsPerRack == 0 {
			rack(&b, i/pairsPerRack)
		}
		pair(&b, i)
	}
	return b.Bytes()
}

func rack(b *bytes.Buffer, r int) {
	fmt.Fprintf(b, `
network "lan%[1]d" {
  prefixes = ["10.%[2]d.%[3]d.0/24"]
  gateway  = "10.%[2]d.%[3]d.254"
}

network "sync%[1]d" {
  prefixes = ["10.%[4]d.%[3]d.0/24"]
}
`, r, r/256, r%256, 128+r/256)
}

func pair(b *bytes.Buffer, i int) {
	r, slot := i/pairsPerRack, i%pairsPerRack
	lan, sync := fmt.Sprintf("10.%d.%d", r/256, r%256), fmt.Sprintf("10.%d.%d", 128+r/256, r%256)
	for k, side := range []string{"a", "b"} {
		fmt.Fprintf(b, `
node "p%[1]d%[2]s" {
  interface "ix0" {
    network   = network.lan%[3]d
    addresses = ["%[4]s.%[6]d/24"]
  }
  interface "ix1" {
    network   = network.sync%[3]d
    addresses = ["%[5]s.%[6]d/24"]
  }
}
`, i, side, r, lan, sync, 1+2*slot+k)
	}
	fmt.Fprintf(b, `
vip "v%[1]d" {
  network   = network.lan%[2]d
  vhid      = %[3]d
  password  = "Secret%[1]d"
  addresses = ["%[4]s.%[5]d/24"]
  prefer    = [node.p%[1]da, node.p%[1]db]
}

hast "h%[1]d" {
  network     = network.sync%[2]d
  replication = "memsync"
  local       = "/dev/ada1"
  on "p%[1]da" {}
  on "p%[1]db" {
    local = "/dev/ada2"
  }
}

zpool "z%[1]d" {
  hast = [hast.h%[1]d]
}

failover "f%[1]d" {
  vip      = vip.v%[1]d
  storage  = [zpool.z%[1]d]
  services = ["mountd", "nfsd"]
  mail     = ["root"]
}
`, i, r, 1+slot, lan, 101+slot)
}
