package webcooperation

import (
	"bytes"

	"github.com/opentrm/opentrm/internal/asic"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/docx"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
)

// whole opens a request and returns it as others see it. At the end that was asked it is there only where the two countries let it travel; nil: it is not.
func (v *visit) whole() (cooperation.File, *cooperation.Request, error) {
	f, err := v.Cooperations.Open(v.R.Context(), v.By, v.which())
	if err != nil {
		return f, nil, err
	}
	x := f.Request
	if rec := f.Record(); x == nil && rec != nil {
		x = rec.Document
	}
	if x == nil {
		return f, nil, nil
	}
	outward := x.Outward()
	return f, &outward, nil
}

// sheet is the request as a document of its own shows it.
func (v *visit) sheet(f cooperation.File, x cooperation.Request) (fileModel, error) {
	digest, err := x.Digest()
	if err != nil {
		return fileModel{}, err
	}
	return fileModel{
		path: pathOf(f.ID), title: page.Key("cooperation.title", "kind", v.Word("cooperation.kind.", f.Kind).In(v.P), "reference", string(f.Reference)),
		rows: append(append(v.about(f), v.headRows(x)...), v.row("digest", digest)), parts: v.partsOf(x, false, ""),
	}, nil
}

// document is the request as it is printed for the official channel.
func (v *visit) document() error {
	f, x, err := v.whole()
	if err != nil {
		return err
	}
	if x == nil {
		return v.To(pathOf(f.ID), "")
	}
	m, err := v.sheet(f, *x)
	if err != nil {
		return err
	}
	return v.Show(page.Page{Title: m.title, Back: pathOf(f.ID), Body: documentScreen(v.P, m)})
}

// canonical sends the request in the form of which the record has the digest.
func (v *visit) canonical() error {
	f, x, err := v.whole()
	if err != nil {
		return err
	}
	if x == nil {
		return v.To(pathOf(f.ID), "")
	}
	b, err := x.Canonical()
	if err != nil {
		return err
	}
	v.Header().Set("Content-Disposition", `attachment; filename="request.json"`)
	return v.Send("application/json", b)
}

const docxMedia = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// word saves the request as a document for the official channel.
func (v *visit) word() error {
	f, x, err := v.whole()
	if err != nil {
		return err
	}
	if x == nil {
		return v.To(pathOf(f.ID), "")
	}
	d, err := v.worded(f, *x)
	if err != nil {
		return err
	}
	return v.Save(docxMedia, "request.docx", d.Write)
}

// worded writes the request as a document, its questions in the language of the request where the program speaks it: so that who reads the answers reads the
// questions too.
func (v *visit) worded(f cooperation.File, x cooperation.Request) (*docx.Document, error) {
	in := *v.Visit
	in.P = v.Site.Texts.Printer(lang.Tag(x.Language))
	w := &visit{&in, v.Services}
	m, err := w.sheet(f, x)
	if err != nil {
		return nil, err
	}
	p := in.P
	d := &docx.Document{Lang: string(p.Tag())}
	d.Title(docx.Say(m.title.In(p)))
	table := func(rows []page.Row) {
		var lines [][]docx.Text
		for _, r := range rows {
			said := docx.Text{Text: r.Value.In(p)}
			for _, l := range r.Lines {
				said.Text += ". " + l.In(p)
			}
			if r.Value.Record() {
				said.Lang = r.Lang
			}
			lines = append(lines, []docx.Text{docx.Say(r.Key.In(p)), said})
		}
		d.Table([]string{p.Text("cooperation.document.what"), p.Text("cooperation.document.says")}, lines)
	}
	table(m.rows)
	for _, part := range m.parts {
		if len(part.items) == 0 {
			continue
		}
		d.Heading(docx.Say(part.title.In(p)))
		for _, i := range part.items {
			table(i.rows)
		}
	}
	if note := p.CountryNote(string(v.Site.Member), string(f.Peer.Member)); note != "" {
		d.Paragraph(docx.Say(note))
	}
	return d, nil
}

// container sends the request as a signed file, with the document that people read.
func (v *visit) container() error {
	f, x, err := v.whole()
	if err != nil {
		return err
	}
	b, err := v.Cooperations.Container(v.R.Context(), v.By, v.which(), func(now cooperation.Request) ([]asic.Document, error) {
		if x == nil {
			return nil, nil
		}
		d, err := v.worded(f, now)
		if err != nil {
			return nil, err
		}
		var read bytes.Buffer
		err = d.Write(&read)
		return []asic.Document{{Name: "request.docx", Media: docxMedia, Data: read.Bytes()}}, err
	})
	if err != nil {
		return err
	}
	v.Header().Set("Content-Disposition", `attachment; filename="request`+asic.Extension+`"`)
	return v.Send(asic.Media, b)
}
