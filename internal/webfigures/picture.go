package webfigures

import (
	"slices"
	"strconv"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/gallery"
	pub "github.com/opentrm/opentrm/internal/published"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/stats"
)

// extract is the published numbers that are in the program, read when the first picture of them is asked for. It is read only.
var extract = sync.OnceValues(func() (pub.Table, error) {
	g, err := pub.NewGlotip(pub.Extract())
	if err != nil {
		return nil, err
	}
	return pub.Load(g, func(x pub.Value) bool { return x.Indicator == pub.Victims })
})

// publishedPicture is one of what UNODC has published.
func (v *visit) publishedPicture(id string) (gallery.Picture, error) {
	t, err := extract()
	if err != nil {
		return gallery.Picture{}, err
	}
	if id == "figure-65" {
		return gallery.Figure65(v.P, t)
	}
	region, err := pub.RegionCalled("central-south-eastern-europe-2016")
	if err != nil {
		return gallery.Picture{}, err
	}
	for _, split := range pub.Splits() {
		if id == "trend-"+string(split) {
			return gallery.Trend(v.P, t, region, split)
		}
	}
	return gallery.Picture{}, fault.New(fault.NotFound, "fault.not-found")
}

// least is the smallest number of referrals that is told.
func (v *visit) least() int {
	return max(5, int(v.Site.Law().Number(v.Site.Member, "statistics.minimum-cell")))
}

// ranged is a count between what it is told to lie: small ones are told as a range.
func ranged(n, least int) (low, high int) {
	if n > 0 && n < least {
		return 1, least - 1
	}
	return n, n
}

// referralPicture is where referrals of this node go, or how long they have waited: no reference, no content, no small number.
func (v *visit) referralPicture(id string) (gallery.Picture, error) {
	if err := access.Check(v.By.Actor, access.BoardReferral, access.Resource{Noun: "referral", Realm: access.Assistance}); err != nil {
		return gallery.Picture{}, err
	}
	cells, err := v.Referrals.Board(v.R.Context(), v.By.Actor)
	if err != nil {
		return gallery.Picture{}, err
	}
	least := v.least()
	notes := []string{v.P.Text("figure.note.now"), v.P.Text("figure.note.small", "most", v.P.Number(int64(least-1)))}
	if id == "referral" {
		var flows []gallery.Flow
		for _, c := range cells {
			i := slices.IndexFunc(flows, func(f gallery.Flow) bool { return f.From == string(c.From) && f.To == string(c.To) })
			if i < 0 {
				i, flows = len(flows), append(flows, gallery.Flow{From: string(c.From), To: string(c.To)})
			}
			flows[i].Most += c.Count
		}
		for i := range flows {
			flows[i].Least, flows[i].Most = ranged(flows[i].Most, least)
		}
		return gallery.Flows(v.P, id, v.P.Text("figure.title.referral"), flows, notes...), nil
	}
	days := referral.AgeDays()
	var ages [len(referral.Cell{}.Ages)]int
	for _, c := range cells {
		if c.Status.Ended() {
			continue
		}
		for i, n := range c.Ages {
			ages[i] += n
		}
	}
	var counts []gallery.Count
	for i, n := range ages {
		name := v.P.Plural("referral.board.under", days[0])
		if i > 0 {
			name = v.P.Plural("referral.board.over", days[i-1])
		}
		low, high := ranged(n, least)
		counts = append(counts, gallery.Count{Name: name, Least: low, Most: high})
	}
	return gallery.Bars(v.P, id, v.P.Text("figure.title.waiting"), []string{v.P.Text("referral.board.waits"), v.P.Text("figure.number")}, counts, notes...), nil
}

// factPicture is what may be seen of the facts of this node.
func (v *visit) factPicture(id string) (gallery.Picture, error) {
	s, err := v.Facts.Shown(v.R.Context(), v.By.Actor)
	if err != nil {
		return gallery.Picture{}, err
	}
	notes := []string{v.P.Text("figure.note.own")}
	if !s.Exact {
		notes = append(notes, v.P.Text("figure.note.protected", "least", v.P.Number(int64(s.Least)), "few", v.P.Number(int64(max(s.Small, 2*s.Least)))))
	}
	if id == "ages" {
		var rungs []gallery.Rung
		for _, a := range s.Ages {
			rungs = append(rungs, gallery.Rung{Name: dashed(string(a.Age)), Left: a.Female, Right: a.Male})
		}
		return gallery.Pyramid(v.P, id, v.P.Text("figure.title.ages"), v.P.Text("figure.age"), v.P.Text("person.sex.female"), v.P.Text("person.sex.male"), rungs, notes...), nil
	}
	of := func(y stats.ShownYear) []stats.Counting { return y.Forms }
	if id == "sexes" {
		of = func(y stats.ShownYear) []stats.Counting { return y.Sexes }
	}
	head, classes := []string{v.P.Text("figure.year")}, classesOf(s, of)
	var names []string
	var numbers [][]float64
	for _, c := range classes {
		head = append(head, v.class(c))
	}
	head = append(head, v.P.Text("figure.all"))
	for _, y := range s.Years {
		names = append(names, strconv.Itoa(y.Year))
		row := slices.Repeat([]float64{-1}, len(classes)+1)
		row[len(classes)] = float64(y.All)
		for i := range classes {
			if len(of(y)) > 0 {
				row[i] = 0
			}
		}
		for _, c := range of(y) {
			row[slices.Index(classes, c.Class)] = float64(c.Count)
		}
		numbers = append(numbers, row)
	}
	return gallery.Parts(v.P, id, v.P.Text("figure.title."+id), head, names, numbers, v.P.Text("figure.hidden"), notes...), nil
}

// classesOf are the classes that some year tells, what stands for the others last.
func classesOf(s stats.Shown, of func(stats.ShownYear) []stats.Counting) []string {
	var all []string
	for _, y := range s.Years {
		for _, c := range of(y) {
			if !slices.Contains(all, c.Class) {
				all = append(all, c.Class)
			}
		}
	}
	slices.Sort(all)
	for _, last := range []string{stats.Mixed, stats.Unknown, stats.Rest} {
		if i := slices.Index(all, last); i >= 0 {
			all = append(slices.Delete(all, i, i+1), last)
		}
	}
	return all
}

// dashed writes an age as people do.
func dashed(age string) string {
	return map[string]string{"0-11": "0–11", "12-17": "12–17", "18-24": "18–24", "25-40": "25–40", "0-17": "0–17"}[age] + map[string]string{"41+": "41+", "18+": "18+"}[age]
}

// class says what a form or a sex is called.
func (v *visit) class(code string) string {
	key := map[string]string{
		"sexual": "form.option.exploitation.sexual-exploitation", "labour": "form.option.exploitation.forced-labour", "domestic-servitude": "form.option.exploitation.servitude",
		"begging": "form.option.exploitation.forced-begging", "criminality": "form.option.exploitation.forced-crime", "forced-marriage": "form.option.exploitation.forced-marriage",
		"organ-removal": "form.option.exploitation.organ-removal", "female": "person.sex.female", "male": "person.sex.male", "other": "person.sex.other",
		stats.Unknown: "person.sex.unknown", stats.Mixed: "figure.mixed", stats.Rest: "figure.rest",
	}[code]
	if key == "" {
		key = "form.option.exploitation.other"
	}
	return v.P.Text(key)
}
