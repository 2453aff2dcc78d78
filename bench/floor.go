package main

import (
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The least that any program does with the description: HCL's own parser, and
// HCL's own decoder into structs. References stay expressions, as gohcl can do
// nothing with them; every other attribute is evaluated.
type (
	floorFile struct {
		Cluster   floorCluster    `hcl:"cluster,block"`
		Networks  []floorNetwork  `hcl:"network,block"`
		Nodes     []floorNode     `hcl:"node,block"`
		VIPs      []floorVIP      `hcl:"vip,block"`
		HASTs     []floorHAST     `hcl:"hast,block"`
		Zpools    []floorZpool    `hcl:"zpool,block"`
		Failovers []floorFailover `hcl:"failover,block"`
	}
	floorCluster struct {
		Name    string `hcl:"name,label"`
		FreeBSD string `hcl:"freebsd"`
		Domain  string `hcl:"domain"`
	}
	floorNetwork struct {
		Name     string   `hcl:"name,label"`
		Prefixes []string `hcl:"prefixes"`
		Gateway  string   `hcl:"gateway,optional"`
	}
	floorNode struct {
		Name       string           `hcl:"name,label"`
		Interfaces []floorInterface `hcl:"interface,block"`
	}
	floorInterface struct {
		Name      string         `hcl:"name,label"`
		Network   hcl.Expression `hcl:"network"`
		Addresses []string       `hcl:"addresses"`
	}
	floorVIP struct {
		Name      string         `hcl:"name,label"`
		Network   hcl.Expression `hcl:"network"`
		VHID      int            `hcl:"vhid"`
		Password  string         `hcl:"password"`
		Addresses []string       `hcl:"addresses"`
		Prefer    hcl.Expression `hcl:"prefer"`
	}
	floorHAST struct {
		Name        string         `hcl:"name,label"`
		Network     hcl.Expression `hcl:"network"`
		Replication string         `hcl:"replication"`
		Local       string         `hcl:"local"`
		On          []floorOn      `hcl:"on,block"`
	}
	floorOn struct {
		Name  string `hcl:"name,label"`
		Local string `hcl:"local,optional"`
	}
	floorZpool struct {
		Name string         `hcl:"name,label"`
		HAST hcl.Expression `hcl:"hast"`
	}
	floorFailover struct {
		Name     string         `hcl:"name,label"`
		VIP      hcl.Expression `hcl:"vip"`
		Storage  hcl.Expression `hcl:"storage"`
		Services []string       `hcl:"services"`
		Mail     []string       `hcl:"mail"`
	}
)

// floor does what stage says with the file and nothing else.
func floor(stage, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	if stage == "decode" {
		var into floorFile
		if diags := gohcl.DecodeBody(f.Body, nil, &into); diags.HasErrors() {
			return diags
		}
	}
	return nil
}
