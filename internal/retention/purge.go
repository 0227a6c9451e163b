package retention

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// MostItems is how many records one purge erases at most. What is due beyond it is due tomorrow too.
const MostItems = 100

// What a purge erases.
const (
	Case   = "case"   // a closed case with everything that lies under its keys, its letters and the threads about it
	Thread = "thread" // a conversation between two desks that is about no referral
	Space  = "space"  // one record of a case that has a period of its own: a draft, a screening, a file
)

// The kinds of record of the profile that a purge knows.
const (
	classFile    = "case-file"
	classRefused = "refused"
	classMessage = "message"
)

// statusRefused is the status by which the file of a presumed victim has the period of those whom it was refused.
const statusRefused = "not-identified"

// classOf returns the kind of record that a closed case is.
func classOf(c casefile.Case) string {
	if c.Status == statusRefused {
		return classRefused
	}
	return classFile
}

// Item is one record that is due: codes and times, and no name.
type Item struct {
	What      string     `json:"what" enum:"case,thread,space"`
	ID        string     `json:"id"`        // opaque
	Reference string     `json:"reference"` // neutral
	Desk      id.Desk    `json:"desk"`
	Class     string     `json:"class"` // kind of record, whose period is over
	Event     frame.Time `json:"event"` // from which that was counted
	Over      frame.Time `json:"over"`
	Version   int64      `json:"version"` // of the record as it was seen
}

// Why a record is not erased although its period is over, or was.
const (
	LeftHeld    = "held"     // somebody needs it kept
	LeftKept    = "kept"     // a part of it is kept by law after a withdrawal
	LeftGoingOn = "going-on" // a referral or a return of hers is not over
	LeftChanged = "changed"  // it is not as it was when it was proposed
	LeftNotDue  = "not-due"  // its period is not over any more, or nobody confirms it any more
	LeftGone    = "gone"     // it is erased already
	LeftUnused  = "unused"   // she wants it kept and not used
)

// Left is a record that is not erased, and why.
type Left struct {
	Item
	Reason string `json:"reason" enum:"held,kept,going-on,changed,not-due,gone,unused"`
}

// State of a purge.
type State string

// The states.
const (
	Proposed  State = "proposed"
	Done      State = "done"
	Withdrawn State = "withdrawn"
)

// Purge is a set of records that one person proposed to erase, and what became of it.
type Purge struct {
	ID      id.Record    `json:"purge"`
	Realm   access.Realm `json:"realm"`
	Desk    id.Desk      `json:"desk,omitempty"` // of the prosecution, whose files it concerns; empty: every desk of assistance
	State   State        `json:"state"`
	Digest  string       `json:"digest"` // of the set
	Maker   id.User      `json:"maker"`
	Made    frame.Time   `json:"made"`
	Second  id.User      `json:"second,omitempty"` // who confirmed it, or took it back
	Ended   frame.Time   `json:"ended,omitempty"`
	Items   []Item       `json:"items" nullable:"false"`
	Left    []Left       `json:"left" nullable:"false"` // what dropped out before it was erased
	Version int64        `json:"version"`
}

// set is what a digest is of.
type set struct {
	Purge id.Record `json:"purge"`
	Items []Item    `json:"items"`
}

// digest names the set of a purge.
func (p Purge) digest() (string, error) {
	raw, err := frame.Encode(set{p.ID, p.Items})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

func (p Purge) resource() access.Resource {
	return access.Resource{Noun: "retention", ID: string(p.ID), Realm: p.Realm, Desk: p.Desk, Maker: p.Maker}
}

// settled decides whether a purge can be ended by a second person who saw the digest of its set.
func settled(p Purge, seen string) error {
	if p.State != Proposed {
		return fault.New(fault.Conflict, "retention.ended")
	}
	sum, err := p.digest()
	if err != nil {
		return err
	}
	if seen != p.Digest || sum != p.Digest {
		return fault.New(fault.Stale, "retention.digest")
	}
	return nil
}

// same reports whether a record is as it was when it was proposed.
func same(was, is Item) bool { return was == is }
