package webnetwork

import (
	"errors"
	"io"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

// attachModel is the form of a file.
type attachModel struct {
	action  string
	version string
	file    page.Field
}

func (v *visit) attachForm() error { return v.showAttach(page.Form{}) }

func (v *visit) showAttach(f page.Form) error {
	k, err := v.ours()
	if err != nil {
		return err
	}
	m := attachModel{
		action: pathOf(k.Record.ID) + "/file", version: strconv.FormatInt(k.Record.Version, 10),
		file: page.Field{ID: "file", Label: page.Key("publication.file"), Hint: page.Key("publication.file.hint"), Error: page.ErrorAt(f.Errors, "file")},
	}
	return v.Show(page.Page{
		Status: f.Status, Title: page.Key("publication.file.add"), Back: pathOf(k.Record.ID), Errors: f.Errors, Now: v.stands(k), Body: attachScreen(v.P, m),
	})
}

func (v *visit) attach() error {
	name, content, version, err := v.sentFile()
	if err == nil && content == nil {
		err = fault.New(fault.Invalid, "publication.file.missing").With("field", "file")
	}
	if err == nil {
		_, err = v.Publications.Attach(v.R.Context(), v.By, v.which(), version, name, content)
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "file", "file": "file"}, v.showAttach)
	}
	return v.To(pathOf(v.which()), "published")
}

// sentFile reads the form of a file.
func (v *visit) sentFile() (name string, content []byte, version int64, err error) {
	parts, err := v.R.MultipartReader()
	if err != nil {
		return "", nil, 0, fault.Wrap(fault.Invalid, "web.form", err)
	}
	for range 10 { // a form of this page has few parts
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, 0, fault.Wrap(fault.Invalid, "web.form", err)
		}
		b, err := io.ReadAll(io.LimitReader(part, publication.MaxFile+1))
		if err != nil {
			return "", nil, 0, fault.Wrap(fault.Invalid, "web.form", err)
		}
		switch {
		case part.FormName() == "version":
			version, _ = strconv.ParseInt(string(b), 10, 64) // what is no number is no version either
		case part.FormName() == "file" && part.FileName() != "":
			name, content = part.FileName(), b
		}
	}
	return name, content, version, nil
}

// file saves an attached file. It is never opened inside of a page of this node.
func (v *visit) file() error {
	f, content, err := v.Publications.Fetch(v.R.Context(), v.By.Actor, v.which(), v.R.PathValue("sum"))
	if err != nil {
		return err
	}
	return v.Save(f.Media, f.Name, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
