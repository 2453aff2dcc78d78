package generator

import (
	"encoding/json"
	"slices"
	"strings"

	"carpool/schema"

	"github.com/zclconf/go-cty/cty"
)

// facts is what Ansible and Salt are told of a host: what a playbook or a
// state has to know to act on it, in the words of the language. What is in the
// host's files is not repeated, and no secret is in it.
func (x *index) facts(n *schema.Node) object {
	return object{
		"cluster": x.cluster.Name, "node": n.Name, "hostname": n.FQDN, "freebsd": n.Release.String(), "jail": n.Jail.Value,
		"output": outputMode(n), "script_dir": n.Out.ScriptDir.Value,
		"interfaces": each(n.Interfaces, factInterface),
		"vips":       each(x.vips[n], factVIP),
		"hast":       each(x.copies[n], factHAST),
		"failovers":  each(x.groups[n], factFailover),
		"pfsync": each(x.syncs[n], func(m *schema.SyncMember) object {
			return object{"name": m.PFSync.Name, "network": m.PFSync.Network.Value.Name, "interface": m.Interface.Name, "syncpeer": addrText(m.SyncPeer.Value)}
		}),
		"peers": x.peers(n),
	}
}

func outputMode(n *schema.Node) string {
	if n.Out.Fragment {
		return "fragment"
	}
	return "whole"
}

func factInterface(i *schema.Interface) object {
	o := object{"name": i.Name, "addresses": each(i.Addresses.Values(), schema.Address.String), "network": ""}
	if w := i.Network.Value; w != nil {
		o["network"] = w.Name
	}
	return o
}

func factVIP(m *schema.Member) object {
	return object{
		"name": m.VIP.Name, "network": m.VIP.Network.Value.Name, "interface": m.Interface.Name, "vhid": m.VHID.Value,
		"addresses": each(m.Addresses.Values(), schema.Address.String), "ips": each(m.Addresses.Values(), func(a schema.Address) string { return a.Addr.String() }),
		"advskew": m.AdvSkew.Value, "protocol": m.Protocol.Value, "mode": m.Mode.Value, "rank": rank(m),
	}
}

// rank is the place of a member in CARP's election, from 1: the lowest advskew
// or the highest VRRP priority.
func rank(m *schema.Member) int {
	key := func(m *schema.Member) int {
		if m.Protocol.Value == "vrrp" {
			return -m.VRRPPrio.Value
		}
		return m.AdvSkew.Value
	}
	place := 1
	for _, other := range m.VIP.Members {
		if key(other) < key(m) {
			place++
		}
	}
	return place
}

func factHAST(c *schema.Copy) object {
	o := object{
		"name": c.HAST.Name, "device": schema.HASTDevices + c.Provider.Value, "local": c.Local.Value,
		"remote": c.Remote.Value, "source": c.Source.Value, "peer": "",
	}
	if c.Peer != nil {
		o["peer"] = c.Peer.Node.Name
	}
	return o
}

func factFailover(s *schema.Standby) object {
	f := s.Failover
	return object{
		"name": f.Name, "vips": each(f.Group, func(v *schema.VIP) string { return v.Name }),
		"storage":  each(f.Storage.Values(), func(st schema.Storage) string { return st.Address() }),
		"services": s.Services.Values(), "failback": f.Failback.Value, "rank": rank(s.Members[0]),
		"nodes": each(f.Members, func(o *schema.Standby) string { return o.Node.Name }),
	}
}

// peers lists the nodes that n shares a vip or a disk with, sorted.
func (x *index) peers(n *schema.Node) []string {
	peers := []string{}
	for _, m := range x.vips[n] {
		for _, o := range m.VIP.Members {
			peers = append(peers, o.Node.Name)
		}
	}
	for _, c := range x.copies[n] {
		for _, o := range c.HAST.Members {
			peers = append(peers, o.Node.Name)
		}
	}
	slices.Sort(peers)
	return slices.DeleteFunc(slices.Compact(peers), func(name string) bool { return name == n.Name })
}

// vars is what the description passes on: those of the cluster, over them key
// by key those of the node. Secrets are left out: these values end up in fact
// caches and logs.
func vars(c *schema.Cluster, n *schema.Node) object {
	o := object{}
	for _, free := range []schema.Free{c.Vars, n.Vars} {
		if all, ok := plain(free.Marked).(object); ok {
			for k, v := range all {
				o[k] = v
			}
		}
	}
	return o
}

// left stands for what plain leaves out.
type left struct{}

// plain turns a value into what encoders take, without its secrets.
func plain(v cty.Value) any {
	switch {
	case v == cty.NilVal, v.IsMarked(), !v.IsKnown(), v.Type().IsCapsuleType():
		return left{}
	case v.IsNull():
		return nil
	}
	switch t := v.Type(); {
	case t == cty.String:
		return v.AsString()
	case t == cty.Bool:
		return v.True()
	case t == cty.Number:
		return json.Number(v.AsBigFloat().Text('f', -1)) // every digit, and no exponent
	case t.IsMapType(), t.IsObjectType():
		o := object{}
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			if p := plain(e); p != any(left{}) {
				o[k.AsString()] = p
			}
		}
		return o
	}
	l := []any{}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if p := plain(e); p != any(left{}) {
			l = append(l, p)
		}
	}
	return l
}

// Pillar returns what Salt is told of the minion, whose id is a node's label,
// its hostname, or the first word of that. Of a minion that is none of the
// nodes, or of one carpool does not manage, there is nothing to tell.
func Pillar(c *schema.Cluster, minion string) map[string]any {
	n := minionNode(c, minion)
	if n == nil {
		return object{}
	}
	o := vars(c, n)
	o["carpool"] = newIndex(c).facts(n)
	return o
}

// minionNode prefers the label: it is what the description calls the host. A
// first word that two hosts share names none of them.
func minionNode(c *schema.Cluster, id string) *schema.Node {
	nodes := managed(c)
	for _, n := range nodes {
		if n.Name == id {
			return n
		}
	}
	var found []*schema.Node
	for _, n := range nodes {
		if strings.EqualFold(n.FQDN, id) {
			return n
		}
		if strings.EqualFold(n.Short(), id) {
			found = append(found, n)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return nil
}

// networks lists the networks that n is on.
func networks(n *schema.Node) []string {
	var names []string
	for _, i := range n.Interfaces {
		if w := i.Network.Value; w != nil && !slices.Contains(names, w.Name) {
			names = append(names, w.Name)
		}
	}
	return names
}
