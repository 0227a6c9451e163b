package demo

import (
	"slices"
	"strings"
	"testing"
)

// Eleven members count the persons whom they know together, written in two scripts. Before noise the number is exactly that
// of the planted records, and so is how many are known to 1, 2, 3 and more members.
func TestElevenMembersCountExactly(t *testing.T) {
	var trace strings.Builder
	c, err := Count(t.Context(), CountOptions{Own: 3, Batch: 16}, &trace)
	if err != nil {
		t.Fatal(err, trace.String())
	}
	// each of eleven: three alone, one with one neighbour, one with another, one with two; and two persons known to all
	want := []int{33, 22, 11, 2}
	if c.Found.Persons != 68 || c.Found.Records != 33+44+33+22 || !slices.Equal(c.Found.In, want) {
		t.Errorf("found %+v, want 68 persons in %v", c.Found, want)
	}
	if c.Planted.Persons != 68 || !slices.Equal(c.Planted.In, want) {
		t.Errorf("side by side %+v", c.Planted)
	}
	t.Log(trace.String())
}

// The invented persons of a full count are as many as are told: none of them is taken for another by its keys.
func TestInventedPersonsAreDistinct(t *testing.T) {
	holds, n := holdings(Members(), 90)
	if f := sideBySide(holds); f.Persons != n {
		t.Errorf("%d persons are planted, %d are there: %v", n, f.Persons, f.In)
	}
}
