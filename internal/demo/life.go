package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
)

// lived is what the invented network has published. Every text in it begins with DEMO. Laws are not among it: what is said of the law of a real country
// is never invented, and what comes with the program has its sources.
//
//go:embed data/life.json
var lived []byte

// said is one record of it. In its body "day:-10" is the day ten days before now, "@met" and "#met" are the identifier and the digest of the record with that name.
type said struct {
	Name  string          `json:"name"`
	By    string          `json:"by"`
	Stage int             `json:"stage"` // what a record is about has a lower one
	Kind  string          `json:"kind"`
	Home  bool            `json:"home"` // kept by the office that wrote it
	Body  json.RawMessage `json:"body"`
}

// stages is after how many rounds of records all are there.
const stages = 4

// life lets the invented network live: it has met, concluded and recommended, some have answered and some have not.
func life(ctx context.Context, w *Network, t *trace) error {
	return t.step(ctx, "demo.life", func() error {
		var all []said
		if err := json.Unmarshal(lived, &all); err != nil {
			return fault.Wrap(fault.Internal, "demo.life", err)
		}
		known := map[string]publication.Kept{}
		for stage := range stages {
			for _, s := range all {
				if s.Stage != stage {
					continue
				}
				if err := w.say(ctx, s, known); err != nil {
					return err
				}
			}
			if stage == stages-2 {
				if err := w.signOff(ctx, known); err != nil {
					return err
				}
			}
			if err := w.Settle(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// say publishes one record as the coordinator of its country.
func (w *Network) say(ctx context.Context, s said, known map[string]publication.Kept) error {
	c := w.Countries[id.Member(s.By)]
	if c == nil {
		return nil // a smaller network
	}
	body, err := w.filled(s.Body, known)
	if err != nil {
		return err
	}
	by, err := c.As(ctx, "coordinator")
	if err != nil {
		return err
	}
	if s.Home {
		_, err = c.Node.Publications.Keep(ctx, by, publication.Home{Kind: publication.Kind(s.Kind), Body: body})
		return err
	}
	known[s.Name], err = c.Node.Publications.Publish(ctx, by, publication.Draft{Kind: publication.Kind(s.Kind), ValidFrom: frame.At(w.Plan.Now()), Body: body})
	return err
}

// filled puts days, identifiers and digests into a body.
func (w *Network) filled(body json.RawMessage, known map[string]publication.Kept) (json.RawMessage, error) {
	var parts map[string]any
	if err := json.Unmarshal(body, &parts); err != nil {
		return nil, fault.Wrap(fault.Internal, "demo.life", err)
	}
	return frame.Encode(w.fill(parts, known))
}

func (w *Network) fill(v any, known map[string]publication.Kept) any {
	switch x := v.(type) {
	case map[string]any:
		for k, of := range x {
			x[k] = w.fill(of, known)
		}
	case []any:
		for i, of := range x {
			x[i] = w.fill(of, known)
		}
	case float64:
		return int64(x)
	case string:
		if days, ok := strings.CutPrefix(x, "day:"); ok {
			n, _ := strconv.Atoi(days) // TestTheInventedNetworkLives reads all of them
			return w.Plan.Now().AddDate(0, 0, n).UTC().Format(time.DateOnly)
		}
		if name, ok := strings.CutPrefix(x, "@"); ok {
			return string(known[name].Record.ID)
		}
		if name, ok := strings.CutPrefix(x, "#"); ok {
			return known[name].Hash
		}
	}
	return v
}

// signOff lets the other countries sign the first conclusion off: all but the last, the second of them with a remark.
func (w *Network) signOff(ctx context.Context, known map[string]publication.Kept) error {
	of := known["answer"]
	others := w.Members()
	for i, m := range others {
		if m == of.Record.Member || i == len(others)-1 {
			continue
		}
		says := "agreed"
		if i == 1 {
			says = "agreed-with-remark"
		}
		body, err := frame.Encode(map[string]string{"hash": of.Hash, "of": string(of.Record.ID), "says": says})
		if err != nil {
			return err
		}
		by, err := w.Countries[m].As(ctx, "coordinator")
		if err == nil {
			_, err = w.Countries[m].Node.Publications.Publish(ctx, by, publication.Draft{Kind: publication.SignOff, ValidFrom: frame.At(w.Plan.Now()), Body: body})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
