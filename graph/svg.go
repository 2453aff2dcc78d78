package graph

import (
	"fmt"
	"io"
	"math"
)

// palette are the colours of networks, dark enough for lines on white and
// told apart by most eyes (Okabe and Ito's set, yellow left out).
var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56a0d0", "#8c6d1f", "#5b5b5b"}

// style is all the look of a picture; it names no font that a system lacks.
const style = `text{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:12px;fill:#222}
.t{font-size:16px;font-weight:bold}.b{font-weight:bold}.dim{fill:#666}
.paper{fill:#fff}.panel{fill:#fff;stroke:#ccc}.band{fill:#f6f6f6}
.card,.badge,.box{fill:#fff;stroke:#999}.box{fill:#fff;stroke:#444;stroke-width:1.5}
.bar{stroke-width:5;stroke-linecap:round}.wire{stroke-width:2}circle{stroke:#fff}
.vip{fill:#fff8e8;stroke:#b98a1c}.disk{fill:#eef7ee;stroke:#4b8a4b}.move{fill:#f7f0fa;stroke:#8a5aa0}.sync{stroke-dasharray:4 3}
.first{stroke-width:2.5}.mirror{stroke:#4b8a4b;stroke-width:4}.states{stroke:#999;stroke-width:2;stroke-dasharray:6 4}
`

// SVG writes the picture as one file that a browser shows as it is: no script,
// nothing fetched. Each group is a panel; many panels are set in rows.
func (p *Picture) SVG(w io.Writer) error {
	colour := map[string]int{}
	for _, g := range p.Groups {
		for _, n := range g.Networks {
			if _, there := colour[n.Name]; !there {
				colour[n.Name] = len(colour) % len(palette)
			}
		}
	}
	panels := make([]*panel, len(p.Groups))
	for i := range p.Groups {
		panels[i] = drawPanel(&p.Groups[i], colour, len(p.Groups) > 1)
	}
	places, width, height := arrange(panels)
	title := "cluster " + p.Title
	width = max(width, widthOf(short(title))*4/3+2*margin)
	var c canvas
	fmt.Fprintf(&c, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&c, "<title>%s</title>\n<style>\n%s", escape(title), style)
	for i, hex := range palette {
		fmt.Fprintf(&c, "line.c%d{stroke:%s}circle.c%d{fill:%s}rect.c%d{stroke:%s}\n", i, hex, i, hex, i, hex)
	}
	c.WriteString("</style>\n")
	fmt.Fprintf(&c, `<rect width="%d" height="%d" class="paper"/>`+"\n", width, height)
	c.text(margin, margin+14, title, "t")
	for i, at := range places {
		fmt.Fprintf(&c, `<g transform="translate(%d %d)">`+"\n", at.x, at.y)
		if len(panels) > 1 {
			c.rect(0, 0, panels[i].width, panels[i].y, "panel")
		}
		c.WriteString(panels[i].String() + "</g>\n")
	}
	c.WriteString("</svg>\n")
	_, err := io.WriteString(w, c.String())
	return err
}

type place struct{ x, y int }

// arrange sets panels in rows, about as wide as all of it is high, and returns
// where each goes and the size of the whole.
func arrange(panels []*panel) (places []place, width, height int) {
	area, limit := 0.0, 1200
	for _, p := range panels {
		area += float64((p.width + gap) * (p.y + gap))
		limit = max(limit, p.width)
	}
	limit = max(limit, int(math.Sqrt(area*1.3)))
	x, y, tallest := 0, margin+24, 0
	frame := 0
	if len(panels) > 1 {
		frame = margin
	}
	for _, p := range panels {
		if x > 0 && x+p.width > limit {
			x, y, tallest = 0, y+tallest+gap, 0
		}
		places = append(places, place{x + frame, y})
		width = max(width, x+p.width+2*frame)
		tallest = max(tallest, p.y)
		x += p.width + gap
	}
	return places, width, y + tallest + margin
}
