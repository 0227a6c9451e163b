package webtest

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// Counted keeps four counts at a node as they would have come from a network of five: one that nobody has agreed to, one with a number, one without,
// and one that was broken off. It returns the paths of their pages in this order.
func Counted(w *World) []string {
	w.T.Helper()
	ctx, n, now := w.T.Context(), w.Node, w.Node.Net.Now()
	members := []id.Member{"AL", "BA", "MD", "ME", "RS"}
	if !slices.Contains(members, n.Member) {
		members[3] = n.Member
		slices.Sort(members)
	}
	in := []int64{812, 95, -1, -1}
	runs := []count.Run{
		{},
		{End: count.Counted, Checked: true, Result: &veil.Published{Publishable: true, Records: 1089, Persons: 1025, Low: 933, High: 1133, In: in, Recall: veil.Recall{Found: 190, Of: 200}}},
		{End: count.Counted, Result: &veil.Published{Why: veil.WhyWide, Low: 12, High: 222, Recall: veil.Recall{Found: 10, Of: 10}}},
		{End: count.Broken, Named: []veil.Objection{{By: "MD", Named: veil.Named{Member: "RS", Step: veil.StepCommit, For: veil.Silent}}}},
	}
	var paths []string
	err := store.Writer[count.Tx](n.DB)(ctx, audit.Did(nodetest.Console(n.Member), access.ProposeCount, "demo"), func(tx count.Tx) error {
		paths = nil
		for i, r := range runs {
			sheet := veil.Sheet{
				Format: veil.SheetFormat, Run: string(id.Random[id.Thread](n.IDs)), Proposer: "RS", Members: members, Keys: veil.KeyVersion,
				Population: "annual-registered-202" + string(rune('1'+i)) + "0101-202" + string(rune('1'+i)) + "1231",
				Strong:     count.StrongKeys, Weak: count.WeakKeys, Batch: veil.SoundBatch, Mixers: veil.SoundMixers, Epsilon: 1000, Least: veil.SoundLeast, Widest: 200,
			}
			for at := range sheet.Steps() {
				sheet.Until = append(sheet.Until, now.Add(time.Duration(at+1)*72*time.Hour))
			}
			text, err := sheet.Encode()
			if err != nil {
				return err
			}
			r.Sheet, r.Heard, r.Voices, r.Keys, r.Said = seal.Blob(text), now, []count.Voice{}, []count.Keys{}, []string{}
			if r.Named == nil {
				r.Named = []veil.Objection{}
			}
			if r.End != count.Going {
				r.Over = now
			}
			value, err := frame.Encode(r)
			if err != nil {
				return err
			}
			if err := tx.SetCountRun(ctx, count.Row{ID: sheet.Run, Going: r.End == count.Going, Heard: now, Value: value}); err != nil {
				return err
			}
			paths = append(paths, "/counts/"+sheet.Run)
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return paths
}
