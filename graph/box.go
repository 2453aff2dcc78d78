package graph

import "fmt"

// boxLines returns the text of a host's box.
func boxLines(n Node) []string {
	lines := append([]string{n.Name}, n.facts()...)
	for _, i := range n.Interfaces {
		lines = append(lines, i.lines()...)
	}
	return lines
}

// lines says what an interface is: its name and addresses.
func (i *Interface) lines() []string {
	first := i.Name
	if len(i.Addresses) > 0 {
		first += " " + i.Addresses[0]
	}
	lines := []string{first}
	for _, a := range i.Addresses[min(1, len(i.Addresses)):] {
		lines = append(lines, "  "+a)
	}
	if i.Made != "" {
		lines = append(lines, "  "+i.Made)
	}
	return lines
}

// boxHeight is the height of all boxes: that of the tallest.
func (p *panel) boxHeight() int {
	most := 0
	for _, n := range p.g.Nodes {
		most = max(most, len(boxLines(n)))
	}
	if most == 0 {
		return 0
	}
	return most*rowHeight + 18
}

// box draws a host, each of its interfaces with the colour of its network.
func (p *panel) box(at, y int) {
	n, c := p.g.Nodes[at], p.columns[at]
	p.rect(c.x, y, c.width, p.boxHeight(), "box")
	y += rowHeight + 2
	p.text(c.x+padding, y, n.Name, "b")
	for _, f := range n.facts() {
		y += rowHeight
		p.text(c.x+padding, y, f, "m dim")
	}
	y += 4
	for _, i := range n.Interfaces {
		for k, l := range i.lines() {
			y += rowHeight
			if k == 0 && i.Network != "" {
				p.dot(c.x+padding+4, y-4, fmt.Sprintf("c%d", p.colour[i.Network]))
			}
			p.text(c.x+padding+14, y, l, "m")
		}
	}
}

// wires joins each interface to the bar of its network. The ports of a host
// are spread over the width of its box, in the order of its interfaces.
func (p *panel) wires(bars map[string]int, boxes int) {
	for at, n := range p.g.Nodes {
		wired := 0
		for _, i := range n.Interfaces {
			if i.Network != "" {
				wired++
			}
		}
		port := 0
		for _, i := range n.Interfaces {
			if i.Network == "" {
				continue
			}
			port++
			c := p.columns[at]
			x := c.x + c.width*port/(wired+1)
			bar, edge := bars[i.Network], boxes
			if bar > boxes {
				edge += p.boxHeight()
			}
			class := fmt.Sprintf("c%d", p.colour[i.Network])
			p.line(x, edge, x, bar, "wire "+class)
			p.dot(x, bar, class)
		}
	}
}
