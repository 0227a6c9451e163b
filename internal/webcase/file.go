package webcase

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// The files of a case. Nothing of a file runs in the pages of the node: a picture is drawn anew from its points, which leaves behind what
// else is in it, such as where it was taken; a text is shown as text; whatever else is saved under a name that says nothing. Every
// opening is in the log.

const (
	fileForm   = 16 << 20 // bytes of a form with a file; larger ones come over the interface for programs
	mostPoints = 16 << 20 // of a picture that is drawn anew: what it takes in memory
	mostText   = 64 << 10 // bytes of a text that is shown
)

// endings are how a browser saves a type of file.
func endings(kind string) string {
	return map[string]string{"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "text/plain": "txt"}[kind]
}

// filesModel is the files of a case, and where one is added.
type filesModel struct {
	path  string
	table page.Table
	adds  bool
	file  page.Field
	note  page.Input
}

func (v *visit) filesPath() string { return "/cases/" + v.R.PathValue("case") + "/files" }

func (v *visit) files() error { return v.showFiles(0, nil) }

func (v *visit) showFiles(status int, wrong []page.Error) error {
	c := id.Case(v.R.PathValue("case"))
	of, err := v.Cases.Show(v.R.Context(), v.By, c)
	if err != nil {
		return err
	}
	m := filesModel{path: v.filesPath(), adds: of.State == casefile.Open && page.May(v.By.Actor, access.AttachCase), table: page.Table{
		Caption: page.Key("case.files"), Named: true, Empty: page.Key("case.files.none"),
		Columns: []page.Column{{Text: page.Key("case.file.name")}, {Text: page.Key("case.file.form")}, {Text: page.Key("case.file.size"), Number: true}, {Text: page.Key("case.file.at")}},
	}}
	m.file = page.Field{ID: "file", Label: page.Key("case.file"), Hint: page.Key("case.file.hint"), Error: page.ErrorAt(wrong, "file")}
	m.note = page.Input{Field: page.Field{ID: "note", Label: page.Key("case.note"), Optional: true, Error: page.ErrorAt(wrong, "note")}}
	for i := range of.Attachments {
		k := of.Attachments[len(of.Attachments)-1-i]
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(k.Value.Name), Path: m.path + "/" + string(k.Record)}, {Text: v.Word("case.file.type.", endings(k.Value.Type))}, {Text: v.size(k.Value.Size)}, {Text: v.When(k.At)},
		})
	}
	return v.Show(page.Page{Status: status, Title: page.Key("case.files"), Back: "/cases/" + string(c), Errors: wrong, Leave: true, Body: filesScreen(v.P, m)})
}

func (v *visit) size(n int64) page.Msg {
	return page.Key("case.file.kib", "size", v.P.Number((n+1023)/1024))
}

// attach keeps a file, sealed. Nothing of it touches a disk in clear: what may be in memory is more than what may come.
func (v *visit) attach() error {
	c := id.Case(v.R.PathValue("case"))
	var large *http.MaxBytesError
	err := v.R.ParseMultipartForm(2 * fileForm)
	if errors.As(err, &large) {
		return v.showFiles(http.StatusRequestEntityTooLarge, []page.Error{{Field: "file", Text: page.Key("case.file.too-large")}})
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, "web.form", err)
	}
	f, head, err := v.R.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return v.showFiles(http.StatusUnprocessableEntity, []page.Error{{Field: "file", Text: page.Key("case.file.missing")}})
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, "web.form", err)
	}
	defer f.Close()
	if _, err = v.Cases.Attach(v.R.Context(), v.By, c, casefile.Upload{Name: head.Filename, Note: v.Field("note"), Body: f}); err != nil {
		status := page.StatusOf(fault.KindOf(err))
		wrong, err := v.Correct(err, map[string]string{"": "file", "note": "note"})
		if err != nil {
			return err
		}
		return v.showFiles(status, wrong)
	}
	return v.To(v.filesPath(), "file")
}

// fileModel is one file: what it is, and what of it can be looked at here.
type fileModel struct {
	path  string
	title string
	rows  []page.Row
	image string // where it is drawn anew; empty: it is no picture
	text  []string
}

// attachment opens the file that the path names. It is in the log by then.
func (v *visit) attachment() (casefile.Attachment, []byte, error) {
	var b bytes.Buffer
	a, err := v.Cases.Fetch(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), id.Record(v.R.PathValue("record")), &b)
	if err != nil {
		return a, nil, err
	}
	return a, b.Bytes(), nil
}

func (v *visit) fileAt() error {
	a, content, err := v.attachment()
	if err != nil {
		return err
	}
	m := fileModel{path: v.filesPath() + "/" + v.R.PathValue("record"), title: a.Name}
	m.rows = []page.Row{
		{Key: page.Key("case.file.form"), Value: v.Word("case.file.type.", endings(a.Type))},
		{Key: page.Key("case.file.size"), Value: v.size(a.Size)},
	}
	if a.Note != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("case.note"), Value: page.Plain(a.Note)})
	}
	switch {
	case drawable(a.Type, content):
		m.image = m.path + "/picture"
	case a.Type == "text/plain" && len(content) <= mostText:
		m.text = strings.Split(string(content), "\n")
	}
	return v.Show(page.Page{Title: page.Key("case.file"), Back: v.filesPath(), Leave: true, Body: fileScreen(v.P, m)})
}

// drawable reports whether a picture can be drawn anew here.
func drawable(kind string, content []byte) bool {
	if kind != "image/jpeg" && kind != "image/png" {
		return false
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(content))
	return err == nil && c.Width > 0 && c.Height > 0 && c.Width <= mostPoints/c.Height
}

// drawn is a picture drawn anew from its points: nothing else of the file is in it.
func drawn(kind string, content []byte) ([]byte, error) {
	if !drawable(kind, content) {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	img, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "fault.not-found", err)
	}
	var b bytes.Buffer
	if kind == "image/png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 90})
	}
	return b.Bytes(), err
}

// alone keeps whatever a browser makes of a file from everything else: it runs nothing, loads nothing and belongs to no site.
func (v *visit) alone(disposition, kind string) {
	h := v.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Content-Disposition", disposition+`; filename="file-`+strconv.FormatInt(int64(v.Now())%1_000_000, 10)+"."+endings(kind)+`"`)
}

// picture sends a picture drawn anew. One is drawn at a time.
func (v *visit) picture() error {
	a, content, err := v.attachment()
	if err != nil {
		return err
	}
	select {
	case v.drawing <- struct{}{}:
		defer func() { <-v.drawing }()
	case <-v.R.Context().Done():
		return fault.Wrap(fault.Unavailable, "web.rate", v.R.Context().Err())
	}
	b, err := drawn(a.Type, content)
	if err != nil {
		return err
	}
	v.alone("inline", a.Type)
	return v.Send(a.Type, b)
}

// saveFile sends the file as it was brought, to be saved: no browser shows it in a page.
func (v *visit) saveFile() error {
	a, content, err := v.attachment()
	if err != nil {
		return err
	}
	v.alone("attachment", a.Type)
	return v.Send("application/octet-stream", content)
}
