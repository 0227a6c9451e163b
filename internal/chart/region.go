package chart

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"sync"
)

// region is the members and their neighbours, drawn once by scripts/map.
//
//go:embed data/region.json
var region []byte

// Drawing is the map of the region, in units of its own. It is read only.
type Drawing struct {
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	Shapes  []Shape `json:"shapes"`
	Borders string  `json:"borders"` // lines between countries
	Neutral string  `json:"neutral"` // a line that takes no side: it is dashed wherever it is drawn
}

// Shape is one country of the map.
type Shape struct {
	Code string `json:"code"` // ISO 3166-1 alpha-2, or XK
	D    string `json:"d"`    // outline, as in a path
	X    int    `json:"x"`    // of its letters; 0: a neighbour, which has none
	Y    int    `json:"y"`
}

// Region returns the map. It is read when it is first shown: most who sign in never open one.
func Region() Drawing { return drawn() }

var drawn = sync.OnceValue(func() Drawing {
	var d Drawing
	_ = json.Unmarshal(region, &d) // TestTheRegion reads it
	return d
})

// Box is the view box of the map.
func (d Drawing) Box() string { return "0 0 " + strconv.Itoa(d.Width) + " " + strconv.Itoa(d.Height) }
