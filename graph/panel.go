package graph

import (
	"fmt"
	"slices"
)

// A panel is the drawing of one group: a table with a column for each host and
// a row for each network, vip, disk and failover. The cards on the left name
// the rows; networks are bars that the hosts are wired to.
type panel struct {
	canvas
	g       *Group
	colour  map[string]int // of a network, index into palette
	columns []column
	left    int // width of the cards
	width   int
	y       int // where the next row begins
	titled  bool
}

type column struct{ x, width int }

const (
	margin  = 16
	gap     = 22
	padding = 9
)

// drawPanel draws a group; colours of networks are the same in all panels.
func drawPanel(g *Group, colour map[string]int, titled bool) *panel {
	p := &panel{g: g, colour: colour, titled: titled}
	p.measure()
	p.y = margin
	if titled {
		p.text(margin, p.y+textSize, g.title(), "b")
		p.y += rowHeight + 8
	}
	top := p.y
	upper, lower := p.halves()
	bars := map[string]int{}
	var rows canvas
	rows, p.canvas = p.canvas, rows
	for _, w := range upper {
		bars[w.Name] = p.network(w)
	}
	boxes := p.y
	p.y += p.boxHeight() + gap
	for _, w := range lower {
		bars[w.Name] = p.network(w)
	}
	for _, h := range g.HASTs {
		p.hast(h)
	}
	for _, s := range g.Syncs {
		p.sync(s)
	}
	for _, f := range g.Failovers {
		p.failover(f)
	}
	p.y += margin - gap + 6
	rows, p.canvas = p.canvas, rows
	for _, c := range p.columns {
		p.rect(c.x-6, top-6, c.width+12, p.y-top, "band")
	}
	p.wires(bars, boxes)
	p.WriteString(rows.String())
	for i := range g.Nodes {
		p.box(i, boxes)
	}
	return p
}

// measure finds the widths of the cards and of each host's column.
func (p *panel) measure() {
	for _, c := range p.cards() {
		p.left = max(p.left, widest(c)+2*padding)
	}
	p.left += 12 // the cards of vips are set in
	x := margin + p.left + gap
	for _, n := range p.g.Nodes {
		w := widest(append(p.badges(n.Name), boxLines(n)...)) + 2*padding + 14
		p.columns = append(p.columns, column{x, w})
		x += w + gap
	}
	p.width = x - gap + margin
	if p.titled {
		p.width = max(p.width, widthOf(short(p.g.title()))+2*margin)
	}
}

func widest(lines []string) int {
	w := 0
	for _, l := range lines {
		w = max(w, widthOf(short(l)))
	}
	return w
}

// cards returns the text of every card.
func (p *panel) cards() [][]string {
	var all [][]string
	for _, w := range p.g.Networks {
		all = append(all, w.card())
	}
	for _, v := range p.g.VIPs {
		all = append(all, v.card())
	}
	for _, h := range p.g.HASTs {
		all = append(all, h.card())
	}
	for _, s := range p.g.Syncs {
		all = append(all, s.card())
	}
	for _, f := range p.g.Failovers {
		all = append(all, f.card())
	}
	return all
}

func (w *Network) card() []string { return append([]string{"network " + w.Name}, w.facts()...) }
func (v *VIP) card() []string     { return append([]string{"vip " + v.Name}, v.facts()...) }
func (s *Sync) card() []string {
	return []string{"pfsync " + s.Name, s.Mode + " on " + s.Network}
}

func (h *HAST) card() []string {
	lines := []string{"hast " + h.Name, h.Replication}
	return append(lines, h.Above...)
}

func (f *Failover) card() []string {
	lines := append([]string{"failover " + f.Name}, wrapped("vip", f.VIPs)...)
	for _, s := range f.Storage {
		lines = append(lines, s.Kind+" "+s.Name)
	}
	if len(f.Services) > 0 {
		lines = append(lines, wrapped("services", f.Services)...)
	}
	return append(lines, "failback "+f.Failback)
}

// badges returns every text that stands in the column of a host.
func (p *panel) badges(node string) []string {
	var all []string
	for _, v := range p.g.VIPs {
		for _, m := range v.Members {
			if m.Node == node {
				all = append(all, m.String())
			}
		}
	}
	for _, h := range p.g.HASTs {
		for _, d := range h.Disks {
			if d.Node == node {
				all = append(all, d.Local)
			}
		}
	}
	return append(all, preferred, standby)
}

// halves divides the networks: those with vips above the hosts, those below
// that carry what the hosts have among themselves.
func (p *panel) halves() (upper, lower []Network) {
	for _, w := range p.g.Networks {
		if slices.ContainsFunc(p.g.VIPs, func(v VIP) bool { return v.Network == w.Name }) {
			upper = append(upper, w)
		} else {
			lower = append(lower, w)
		}
	}
	if upper == nil {
		return lower, nil
	}
	return upper, lower
}

// card draws a card, the first line bold, and returns its height.
func (p *panel) card(x int, lines []string, class string) int {
	h := len(lines)*rowHeight + 10
	p.rect(x, p.y, margin+p.left-x, h, "card "+class)
	for i, l := range lines {
		style := "m"
		if i == 0 {
			style = "b"
		}
		p.text(x+padding, p.y+rowHeight*(i+1)+1, l, style)
	}
	return h
}

// badge draws a small box with a text in the middle of a column.
func (p *panel) badge(node string, y int, text, class string) {
	c := p.columns[p.column(node)]
	w := widthOf(short(text)) + 14
	x := c.x + (c.width-w)/2
	p.rect(x, y-11, w, 22, "badge "+class)
	p.text(x+7, y+4, text, "m")
}

func (p *panel) column(node string) int {
	return slices.IndexFunc(p.g.Nodes, func(n Node) bool { return n.Name == node })
}

// span draws a line across the columns of some hosts.
func (p *panel) span(nodes []string, y int, class string) {
	lo, hi := p.width, 0
	for _, n := range nodes {
		c := p.columns[p.column(n)]
		lo, hi = min(lo, c.x+c.width/2), max(hi, c.x+c.width/2)
	}
	p.line(lo, y, hi, y, class)
}

// network draws a network and its vips and returns the height of its bar.
func (p *panel) network(w Network) int {
	class := fmt.Sprintf("c%d", p.colour[w.Name])
	bar := p.y + rowHeight - 2
	p.line(margin+p.left, bar, p.width-margin, bar, "bar "+class)
	p.y += p.card(margin, w.card(), class) + 8
	for _, v := range p.g.VIPs {
		if v.Network != w.Name {
			continue
		}
		middle := p.y + (len(v.card())*rowHeight+10)/2
		for _, m := range v.Members {
			style := "vip"
			if m.Place == 1 {
				style = "vip first"
			}
			p.badge(m.Node, middle, m.String(), style)
		}
		p.y += p.card(margin+12, v.card(), "vip") + 8
	}
	p.y += gap - 8
	return bar
}

func (p *panel) hast(h HAST) {
	middle := p.y + (len(h.card())*rowHeight+10)/2
	var nodes []string
	for _, d := range h.Disks {
		nodes = append(nodes, d.Node)
	}
	p.span(nodes, middle, "mirror")
	for _, d := range h.Disks {
		p.badge(d.Node, middle, d.Local, "disk")
	}
	p.y += p.card(margin, h.card(), "disk") + gap
}

func (p *panel) sync(s Sync) {
	middle := p.y + (len(s.card())*rowHeight+10)/2
	p.span(s.Nodes, middle, "states")
	for _, n := range s.Nodes {
		p.badge(n, middle, "states", "sync")
	}
	p.y += p.card(margin, s.card(), "sync") + gap
}

const preferred, standby = "preferred", "stands by"

func (p *panel) failover(f Failover) {
	middle := p.y + (len(f.card())*rowHeight+10)/2
	for _, m := range f.Members {
		if m.Place == 1 {
			p.badge(m.Node, middle, preferred, "move first")
		} else {
			p.badge(m.Node, middle, standby, "move")
		}
	}
	p.y += p.card(margin, f.card(), "move") + gap
}
