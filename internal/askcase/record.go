package askcase

import (
	"net/http"
	"time"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// What is common to commands that write into a case: days, codes and versions are flags, and what is said of somebody is read from a
// file or from standard input.

// beside is words beside what codes say.
type beside struct {
	Text string `type:"path" help:"File with what else there is to say; - for standard input."`
}

func (b beside) read(s *console.Screen) (string, error) { return console.ReadText(s, b.Text) }

// saying is words without which nothing is kept.
type saying struct {
	Text string `type:"path" default:"-" help:"File with the words; - for standard input."`
}

func (x saying) read(s *console.Screen) (string, error) { return console.ReadText(s, x.Text) }

// adding keeps a record in a case.
type adding struct {
	console.OneCase
	File string `arg:"" optional:"" type:"path" default:"-" help:"JSON object; - for standard input. Which fields there are: opentrm case blank."`
}

// put reads the record over the zero values of in, sends it, and prints what it is called.
func (c adding) put(s *console.Screen, last string, in any) error {
	if err := console.ReadJSON(s, c.File, in); err != nil {
		return err
	}
	return c.Add(s, last, in, "")
}

// oneRecord is a record of a case.
type oneRecord struct {
	console.OneCase
	Record id.Record `arg:""`
}

// oneVersion is a record of a case at the version that was read.
type oneVersion struct {
	oneRecord
	Match string `required:"" help:"Version that was read."`
}

// change changes it.
func (c oneVersion) change(s *console.Screen, kind, last string, in any, said string) error {
	return c.Do(s, http.MethodPost, "/"+kind+console.Seg(c.Record)+last, in, c.Match, said)
}

// ending ends something on a day, for a reason.
type ending struct {
	oneVersion
	Day string `required:"" help:"The day, yyyy-mm-dd."`
	Why string `required:"" help:"Why, code."`
}

func (c ending) say(s *console.Screen, kind string, more map[string]any) error {
	in := map[string]any{"day": c.Day, "why": c.Why}
	for k, v := range more {
		in[k] = v
	}
	return c.change(s, kind, "/end", in, "ended")
}

// dayAt is a day that somebody typed, as the interface has times.
//
// It fails with [fault.Invalid] if it is none.
func dayAt(day string) (frame.Time, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, "cli.day", err)
	}
	return frame.At(t), nil
}
