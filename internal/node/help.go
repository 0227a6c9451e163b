package node

import (
	"context"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

// served counts what somebody was given, as one fact without a name.
func (n *Node) served(ctx context.Context, narrow casefile.Tx, fact id.Fact, all []casefile.Delivery, registered frame.Time) error {
	tx, ok := narrow.(stats.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	h, err := help(fact, all, registered, n.Cases.Day)
	if err != nil {
		return err
	}
	return n.Facts.HelpIn(ctx, tx, h)
}

// help is the fact of somebody's services. Day gives the beginning of a day where she is.
func help(fact id.Fact, all []casefile.Delivery, registered frame.Time, day func(string) (frame.Time, error)) (stats.Help, error) {
	h := stats.Help{ID: fact, Year: stats.Unknown, Services: []string{}, Wait: stats.Unknown}
	first := ""
	for _, d := range all {
		h.Services = append(h.Services, d.Service)
		if first == "" || d.From < first {
			first = d.From
		}
	}
	slices.Sort(h.Services)
	h.Services = slices.Compact(h.Services)
	if registered == 0 || first == "" {
		return h, nil
	}
	on, err := day(first)
	if err != nil {
		return stats.Help{}, err
	}
	// Whole days: the day of registration ends where the next one begins.
	h.Year = strconv.Itoa(registered.Time().UTC().Year())
	days := 0
	for at := on.Time(); at.After(registered.Time()) && days <= 91; days++ {
		at = at.AddDate(0, 0, -1)
	}
	h.Wait = stats.WaitOf(days)
	return h, nil
}
