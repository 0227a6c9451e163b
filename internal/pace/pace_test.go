package pace_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/pace"
)

func TestALineThatFailedCarriesLessUntilItIsSteady(t *testing.T) {
	const full = 1024
	var p pace.Pace
	most := func(want int) {
		t.Helper()
		if got := p.Most("MK", full); got != want {
			t.Fatalf("%d at once, want %d", got, want)
		}
	}
	most(full)
	p.Brought("MK", full, full)
	p.Failed("MK", 800)
	most(400)
	p.Failed("MK", 400)
	most(200)
	for range 7 {
		p.Brought("MK", 200, full)
	}
	p.Brought("MK", 10, full) // too little to say anything
	most(200)
	p.Brought("MK", 150, full)
	most(400)
	p.Brought("MK", 400, full)
	p.Failed("MK", 300)
	most(150)
	for range 8 {
		p.Brought("MK", 600, full) // one document alone, longer than what would be put together
	}
	most(full)
	for range 20 {
		p.Failed("MK", full)
	}
	most(1)
	if got := p.Most("RS", full); got != full {
		t.Fatalf("the line to another member: %d", got)
	}
	for range 8 * 10 {
		p.Brought("MK", p.Most("MK", full), full)
	}
	most(full)
}
