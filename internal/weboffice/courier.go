package weboffice

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/courier"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// A courier file comes and goes as a stream: no part of it is kept here, on a disk or in memory, but the record that is dealt with.

const (
	courierForm = courier.MaxFile + 64<<10 // bytes of a form with a courier file
	mostRecords = 500                      // records that the page lists
)

// courierModel is what waits for other members, and what became of a file that was taken in.
type courierModel struct {
	waits  page.Table
	to     *page.Select // nil: she may not write a file
	file   *page.Field  // nil: she may not take one in
	result *page.Table
	cut    page.Msg // why the file was not read to its end
	back   page.Msg // what is to be done now
	more   int
}

func (v *visit) courier() error { return v.showCourier(0, nil, nil, nil) }

func (v *visit) showCourier(status int, wrong []page.Error, did *exchange.Imported, cut error) error {
	all, err := v.Exchange.Health(v.R.Context(), v.By.Actor)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	m := courierModel{waits: page.Table{
		Caption: page.Key("exchange.health.waiting"), Empty: page.Key("exchange.health.none"),
		Columns: []page.Column{{Text: page.Key("exchange.health.member")}, {Text: page.Key("exchange.health.waiting"), Number: true}, {Text: page.Key("exchange.health.heard")}},
	}}
	to := page.Select{Field: page.Field{ID: "to", Label: page.Key("exchange.courier.for")}, Empty: page.Key("exchange.courier.everybody")}
	var countries []string
	for _, h := range all {
		heard := page.Key("exchange.health.never")
		if h.Heard != 0 {
			heard = v.Age(h.Heard)
		}
		countries = append(countries, string(h.Member))
		m.waits.Rows = append(m.waits.Rows, []page.Cell{{Text: v.memberName(h)}, {Text: page.Plain(v.P.Number(h.Waiting))}, {Text: heard}})
		to.Choices = append(to.Choices, page.Choice{Value: string(h.Member), Text: v.memberName(h)})
	}
	if did != nil {
		m.result, m.more = v.carried(did.Records), max(0, len(did.Records)-mostRecords)
		if cut != nil {
			m.cut = page.Plain(v.P.Fault(cut))
		}
		if did.Envelopes > 0 && did.By != v.Site.Member {
			m.back, to.Value = page.Key("exchange.courier.back", "member", v.country(did.By)), string(did.By)
		}
	}
	if page.May(v.By.Actor, access.ExportExchange) {
		m.to = &to
	}
	if page.May(v.By.Actor, access.ImportExchange) {
		m.file = &page.Field{ID: "file", Label: page.Key("exchange.courier.file"), Hint: page.Key("exchange.courier.file.hint"), Error: page.ErrorAt(wrong, "file")}
	}
	return v.Show(page.Page{Status: status, Title: page.Key("exchange.courier.title"), Errors: wrong, Countries: countries, Body: courierScreen(v.P, m)})
}

// country names a member that may be unknown here.
func (v *visit) country(m id.Member) string { return page.Or(v.P.CountryName(string(m)), string(m)) }

// carried lists the records of a file with what became of each.
func (v *visit) carried(all []exchange.Record) *page.Table {
	t := &page.Table{Caption: page.Key("exchange.courier.records"), Empty: page.Key("exchange.courier.none"), Columns: []page.Column{
		{Text: page.Key("exchange.courier.what")},
		{Text: page.Key("exchange.courier.from")},
		{Text: page.Key("exchange.courier.to")},
		{Text: page.Key("exchange.courier.made")},
		{Text: page.Key("exchange.courier.outcome")},
	}}
	tones := map[exchange.Outcome]page.Tone{exchange.RecordTaken: page.Good, exchange.RecordRefused: page.Late, exchange.RecordElsewhere: page.Off, exchange.RecordFailed: page.Late}
	member := func(m id.Member) page.Msg {
		if m == "" {
			return page.Key("web.none")
		}
		return page.Plain(v.country(m))
	}
	for _, r := range all[:min(len(all), mostRecords)] {
		why := page.Msg{}
		switch r.Outcome {
		case exchange.RecordRefused:
			why = page.Plain(v.P.Text("exchange.refused", "code", r.Why))
		case exchange.RecordFailed:
			why = page.Plain(v.P.Text(r.Why, "member", v.country(r.From)))
		}
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Key("exchange.courier.kind." + r.Kind)},
			{Text: member(r.From)},
			{Text: member(r.To)},
			{Text: v.When(r.Made)},
			{Tag: &page.Tag{Text: page.Key("exchange.courier.outcome." + string(r.Outcome)), Tone: tones[r.Outcome]}, Text: why},
		})
	}
	return t
}

// exportCourier lets the browser save what waits for a member, or for everybody.
func (v *visit) exportCourier() error {
	to := id.Member(v.Field("to"))
	name := "courier.trmc"
	if to != "" {
		if _, err := id.ParseMember(string(to)); err != nil {
			return err
		}
		name = "courier-" + strings.ToLower(string(to)) + ".trmc"
	}
	return v.Save("application/octet-stream", name, func(w io.Writer) error {
		_, err := v.Exchange.Export(v.R.Context(), v.By.Actor, to, w)
		return err
	})
}

// importCourier takes in a file that a browser sends.
func (v *visit) importCourier() error {
	file, err := v.sentFile("file")
	if err != nil {
		return err
	}
	if file == nil {
		return v.showCourier(http.StatusUnprocessableEntity, []page.Error{{Field: "file", Text: page.Key("exchange.courier.missing")}}, nil, nil)
	}
	did, err := v.Exchange.Import(v.R.Context(), v.By.Actor, file)
	if err != nil && len(did.Records) > 0 && (fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge)) {
		return v.showCourier(page.StatusOf(fault.KindOf(err)), nil, &did, err)
	}
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		wrong, err := v.Correct(err, map[string]string{"": "file"})
		if err != nil {
			return err
		}
		return v.showCourier(status, wrong, nil, nil)
	}
	return v.showCourier(0, nil, &did, nil)
}

// sentFile finds the file of a form and reads on as it comes; nil if none was chosen.
func (v *visit) sentFile(name string) (io.Reader, error) {
	parts, err := v.R.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "web.form", err)
	}
	for range 10 { // a form of this page has two parts
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "web.form", err)
		}
		if part.FormName() == name && part.FileName() != "" {
			return part, nil
		}
	}
	return nil, nil
}
