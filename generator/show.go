package generator

import (
	"bytes"
	"encoding/json"
	"net/netip"

	"carpool/schema"
)

// Show returns the resolved model as JSON: every value with what was derived,
// secrets covered. Its keys are the words of the language.
func Show(c *schema.Cluster) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(shown(c))
	return b.Bytes(), err
}

// showVersion changes when a reader of the old form would misread the new.
const showVersion = 1

type object = map[string]any

func shown(c *schema.Cluster) object {
	o := object{
		"format_version": showVersion,
		"cluster":        object{"name": c.Name, "freebsd": c.FreeBSD.Value.String(), "domain": c.Domain.Value},
	}
	o["networks"] = each(c.Networks, showNetwork)
	o["nodes"] = each(c.Nodes, func(n *schema.Node) object { return showNode(c, n) })
	o["vips"] = each(c.VIPs, showVIP)
	o["hast"] = each(c.HASTs, showHAST)
	o["zpools"] = each(c.Zpools, func(z *schema.Zpool) object {
		return object{"name": z.Name, "hast": each(z.HAST.Values(), hastName), "options": z.Options.Values(), "altroot": z.Altroot.Value}
	})
	o["ufs"] = each(c.UFSs, func(u *schema.UFS) object {
		return object{"mountpoint": u.Name, "hast": hastName(u.HAST.Value), "options": u.Options.Values(), "fsck": or(u.Fsck, "preen")}
	})
	o["pfsyncs"] = each(c.PFSyncs, showPFSync)
	o["failovers"] = each(c.Failovers, showFailover)
	o["devd"] = each(c.Devds, func(r *schema.Devd) object {
		return object{
			"name": r.Name, "nodes": each(r.Members, func(n *schema.Node) string { return n.Name }), "class": r.Class.Value,
			"priority": r.Priority.Value, "match": showSettings(r.Match), "actions": r.Actions.Values(), "description": r.Description.Value,
		}
	})
	return o
}

func each[T, R any](items []T, f func(T) R) []R {
	out := make([]R, len(items))
	for i, it := range items {
		out[i] = f(it)
	}
	return out
}

func hastName(h *schema.HAST) string { return h.Name }

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func showNetwork(w *schema.Network) object {
	return object{
		"name": w.Name, "prefixes": each(w.Prefixes.Values(), netip.Prefix.String), "gateway": addrText(w.Gateway.Value),
		"multicast": !w.Multicast.Stated || w.Multicast.Value, "vlan": w.VLAN.Value, "description": w.Description.Value,
		"reserved_vhids": each(w.ReservedVHIDs.Items, func(r schema.ReservedVHID) int { return r.VHID }),
	}
}

func showNode(c *schema.Cluster, n *schema.Node) object {
	return object{
		"name": n.Name, "hostname": n.FQDN, "freebsd": n.Release.String(), "managed": n.IsManaged(), "jail": n.Jail.Value,
		"description": n.Description.Value,
		"interfaces":  each(n.Interfaces, showInterface),
		"preempt":     n.OS.Preempt.Value,
		"hastd_port":  n.Daemon.Port.Value,
		"rc":          showSettings(n.RC.Over(c.RC)), "sysctl": showSettings(n.Sysctl.Over(c.Sysctl)), "loader": showSettings(n.Loader.Over(c.Loader)),
		"output": object{
			"fragment": n.Out.Fragment, "rc_conf": n.Out.RCConf.Value, "sysctl_conf": n.Out.SysctlConf.Value, "loader_conf": n.Out.LoaderConf.Value,
			"devd_conf": n.Out.DevdConf.Value, "hast_conf": n.Out.HASTConf.Value, "script_dir": n.Out.ScriptDir.Value, "alias_start": n.Out.AliasStart.Value,
		},
	}
}

func showInterface(i *schema.Interface) object {
	o := object{"name": i.Name, "addresses": each(i.Addresses.Values(), schema.Address.String)}
	if w := i.Network.Value; w != nil {
		o["network"] = w.Name
	}
	if parent, tag, ok := i.VLANOf(); ok {
		o["vlandev"], o["vlan"] = parent, tag
	}
	return o
}

func showSettings(s schema.Settings) object {
	o := object{}
	for _, it := range s.Items {
		o[it.Key] = it.Value.String()
	}
	return o
}

// password says whether there is one, and which variable it is.
func password(a schema.Attr[string]) any {
	switch {
	case !a.Stated:
		return nil
	case a.Secret.Origin != "":
		return "(secret: " + a.Secret.Origin + ")"
	}
	return "(secret)"
}

func showVIP(v *schema.VIP) object {
	return object{
		"name": v.Name, "network": v.Network.Value.Name, "vhid": v.VHID.Value, "addresses": each(v.Addresses.Values(), schema.Address.String),
		"members": each(v.Members, func(m *schema.Member) object {
			o := object{
				"node": m.Node.Name, "interface": m.Interface.Name, "vhid": m.VHID.Value, "password": password(m.Password),
				"advbase": m.AdvBase.Value, "advskew": m.AdvSkew.Value, "addresses": each(m.Addresses.Values(), schema.Address.String),
				"mode": m.Mode.Value, "peer": addrText(m.Peer.Value), "peer6": addrText(m.Peer6.Value), "protocol": m.Protocol.Value,
			}
			if m.Protocol.Value == "vrrp" {
				o["vrrpprio"], o["vrrpinterval"] = m.VRRPPrio.Value, m.VRRPInterval.Value
			}
			return o
		}),
	}
}

func showHAST(h *schema.HAST) object {
	return object{
		"name": h.Name,
		"members": each(h.Members, func(c *schema.Copy) object {
			return object{
				"node": c.Node.Name, "device": schema.HASTDevices + c.Provider.Value, "local": c.Local.Value, "remote": c.Remote.Value,
				"source": c.Source.Value, "replication": c.Replication.Value, "checksum": c.Checksum.Value,
				"compression": c.Compression.Value, "timeout": c.Timeout.Value, "exec": c.Exec.Value,
			}
		}),
	}
}

func showPFSync(p *schema.PFSync) object {
	return object{
		"name": p.Name, "network": p.Network.Value.Name, "mode": or(p.Mode, "multicast"),
		"members": each(p.Members, func(m *schema.SyncMember) object {
			return object{"node": m.Node.Name, "interface": m.Interface.Name, "syncpeer": addrText(m.SyncPeer.Value)}
		}),
	}
}

func showFailover(f *schema.Failover) object {
	return object{
		"name": f.Name, "vips": each(f.Group, func(v *schema.VIP) string { return v.Name }),
		"storage":  each(f.Storage.Values(), func(s schema.Storage) string { return s.Address() }),
		"failback": f.Failback.Value, "alone": or(f.Alone, "witness"), "patience": or(f.Patience, "careful"),
		"isolated": or(f.Isolated, "release"), "boot_alone": or(f.BootAlone, "wait"), "stuck": or(f.Stuck, "hold"),
		"members": each(f.Members, func(s *schema.Standby) object {
			return object{
				"node": s.Node.Name, "services": s.Services.Values(), "mail": s.Mail.Values(), "witness": each(s.Witness.Values(), addrText),
				"fence": s.Fence.Value,
				"hooks": object{
					"before_master": s.Hooks.BeforeMaster.Value, "after_master": s.Hooks.AfterMaster.Value, "before_backup": s.Hooks.BeforeBackup.Value,
					"after_backup": s.Hooks.AfterBackup.Value, "failed": s.Hooks.Failed.Value, "check": s.Hooks.Check.Value,
				},
			}
		}),
	}
}
