// Package chart draws numbers as pictures that stand alone: SVG with a title and a description that are read aloud, and no script, font or
// colour from elsewhere. What is told apart by a colour is told apart by a line, a mark or a hatching and by its name too; a number that is
// an interval is drawn as one, and what is missing is a gap.
//
// A picture never stands without its table: whoever draws one writes the numbers beside it. Texts come from the caller, in her language.
//
// Source: WCAG 2.2, 1.1.1, 1.4.1, 1.4.11; W3C "SVG Accessibility API Mappings".
package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Frame is what stands around every picture.
type Frame struct {
	ID          string // begins the identifiers in the picture: different for two pictures on one page
	Lang        string // of the texts, BCP 47
	Title       string
	Description string   // what the picture shows, for whoever does not see it
	Notes       []string // below: where the numbers are from, how they were made
	Width       int      // in pixels; 0: 800. The height follows
	Inside      bool     // it stands in a page of this program, which writes title and notes beside it, gives it its width and its colours by classes
}

// The colours have at least 4.5 to 1 on white. Each comes with a dash and a mark of its own.
var (
	colours = [...]string{"#0b5f66", "#9a3412", "#4c1d95", "#3f4a5a"}
	dashes  = [...]string{"", "7 3", "2 3", "9 3 2 3"}
)

const (
	ink, faint = "#1b2733", "#c4ccd4"
	edge       = 16.0 // around the picture
	size       = 14.0 // of letters
	line       = 19.0 // from line to line
)

// picture gathers what is drawn.
type picture struct {
	f      Frame
	b      bytes.Buffer
	width  float64
	bottom float64 // where the next thing begins
}

func begin(f Frame) *picture {
	if f.Width == 0 {
		f.Width = 800
	}
	p := &picture{f: f, width: float64(f.Width), bottom: edge}
	if f.Inside {
		p.bottom = 4
		return p
	}
	for _, l := range wrap(f.Title, p.width-2*edge, size+3) {
		p.bottom += line + 3
		p.text(edge, p.bottom-5, "start", l, `font-weight="700" font-size="17"`)
	}
	p.bottom += 8
	return p
}

// wrap breaks a text into lines that are about so wide.
func wrap(s string, width, size float64) (lines []string) {
	most, at := int(width/(size*0.54)), ""
	for word := range strings.FieldsSeq(s) {
		if at != "" && utf8.RuneCountInString(at)+1+utf8.RuneCountInString(word) > most {
			lines, at = append(lines, at), ""
		}
		if at != "" {
			at += " "
		}
		at += word
	}
	if at != "" {
		lines = append(lines, at)
	}
	return lines
}

// wide is about how wide a text is.
func wide(s string) float64 { return float64(utf8.RuneCountInString(s)) * size * 0.56 }

func esc(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// num writes a coordinate: two decimals at most.
func num(x float64) string {
	s := strconv.FormatFloat(x, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func (p *picture) put(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *picture) text(x, y float64, anchor, s, more string) {
	p.put(`<text x="%s" y="%s" text-anchor="%s" %s>%s</text>`, num(x), num(y), anchor, more, esc(s))
}

// end closes the picture and returns it.
func (p *picture) end() []byte {
	p.bottom += 6
	notes := p.f.Notes
	if p.f.Inside {
		notes = nil
	}
	for _, n := range notes {
		for _, l := range wrap(n, p.width-2*edge, size-2) {
			p.bottom += line - 3
			p.text(edge, p.bottom, "start", l, `font-size="12"`)
		}
		p.bottom += 4
	}
	var out bytes.Buffer
	id, height := esc(p.f.ID), num(p.bottom+edge)
	attrs := fmt.Sprintf(`width="%d" height="%s" font-family="system-ui, sans-serif"`, p.f.Width, height)
	if p.f.Inside {
		height = num(p.bottom + 4)
		attrs = `class="trm-chart" focusable="false"`
	}
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %s" %s role="img" direction="ltr" lang="%s" aria-labelledby="%s-title %s-text" font-size="14" fill="%s">`+"\n",
		p.f.Width, height, attrs, esc(p.f.Lang), id, id, ink)
	fmt.Fprintf(&out, "<title id=\"%s-title\">%s</title>\n<desc id=\"%s-text\">%s</desc>\n", id, esc(p.f.Title), id, esc(p.f.Description))
	if !p.f.Inside {
		fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	}
	out.Write(p.b.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// mark draws the mark of the series i.
func (p *picture) mark(i int, x, y float64) {
	k := i % len(colours)
	c := colours[k]
	switch i % 4 {
	case 0:
		p.put(`<circle class="s%d" cx="%s" cy="%s" r="3.5" fill="%s"/>`, k, num(x), num(y), c)
	case 1:
		p.put(`<rect class="s%d" x="%s" y="%s" width="7" height="7" fill="%s"/>`, k, num(x-3.5), num(y-3.5), c)
	case 2:
		p.put(`<path class="s%d" d="M%s %sl4.5 8h-9z" fill="%s"/>`, k, num(x), num(y-5), c)
	default:
		p.put(`<path class="s%d" d="M%s %sl4.5 4.5-4.5 4.5-4.5-4.5z" fill="%s"/>`, k, num(x), num(y-4.5), c)
	}
}

// hatch defines a hatching in the colour of the series i and returns its name.
func (p *picture) hatch(i int) string {
	name := p.f.ID + "-h" + strconv.Itoa(i)
	p.put(`<pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground" width="6" height="6" fill="#fff"/><rect class="s%d" width="2.5" height="6" fill="%s"/></pattern>`, esc(name), i%len(colours), colours[i%len(colours)])
	return "url(#" + esc(name) + ")"
}
