package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Limits of a workbook, in bytes as unpacked, and of the depth of its elements.
const (
	MaxWorkbook = 64 << 20  // of the file itself
	maxPart     = 8 << 20   // of what describes it
	maxStrings  = 64 << 20  // of the texts that its sheets share
	maxSheet    = 512 << 20 // of a sheet, of which one row at a time is in memory
	maxDepth    = 64
	maxParts    = 2000
)

// XLSX reads the first sheet of an Excel workbook (ECMA-376). A row without a value is no row. Text and numbers are told as they
// are kept; a number that is shown as a date is told as yyyy-mm-dd. Of a formula the value is told that was worked out when the
// workbook was saved; a row with one that was never worked out, or that failed, is broken.
//
// It fails with [fault.TooLarge] "sheet.large" beyond a limit, and with [fault.Invalid] "sheet.workbook" if it is no such workbook, or
// one that is encrypted; Next as [CSV]'s.
func XLSX(r io.ReaderAt, size int64) (Rows, error) {
	if size > MaxWorkbook {
		return nil, large()
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "sheet.workbook", err)
	}
	if len(z.File) > maxParts {
		return nil, large()
	}
	w := &workbook{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		w.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	return w.rows()
}

func large() error { return fault.New(fault.TooLarge, "sheet.large") }

func strange(err error) error {
	if fault.Is(err, fault.TooLarge) {
		return err
	}
	return fault.Wrap(fault.Invalid, "sheet.workbook", err)
}

// workbook is what is read of one before its rows.
type workbook struct {
	parts  map[string]*zip.File
	shared []string
	dates  []bool // by style of a cell: it shows a date
	since  int    // 1904: days are counted from there
}

// element is one element of a part, with what stands directly in it.
type element struct {
	xml.StartElement
	depth int
}

func (e element) attr(name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// part reads a part element by element. Begin is told each that begins and text what stands in it; end that it is over. Any may be
// nil. Beyond a limit it stops.
type part struct {
	dec   *xml.Decoder
	in    *bounded
	close func() error
	depth int
}

func (w *workbook) open(name string, most int64) (*part, error) {
	f, ok := w.parts[name]
	if !ok {
		return nil, fault.New(fault.Invalid, "sheet.workbook")
	}
	rc, err := f.Open()
	if err != nil {
		return nil, strange(err)
	}
	in := &bounded{r: &limited{rc, most}}
	p := &part{dec: xml.NewDecoder(in), in: in, close: rc.Close}
	return p, nil
}

// limited fails where a part goes on for longer than it may.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, large()
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// next returns the next token that is a beginning, an end or text: nil at the end of the part.
func (p *part) next() (xml.Token, error) {
	for {
		p.in.left = MaxRow // one token may be so long
		t, err := p.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, strange(err)
		}
		switch t.(type) {
		case xml.StartElement:
			if p.depth++; p.depth > maxDepth {
				return nil, large()
			}
			return t, nil
		case xml.EndElement:
			p.depth--
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive: // nothing that defines entities
			return nil, fault.New(fault.Invalid, "sheet.workbook")
		}
	}
}

// each calls begin with every element of a part.
func (w *workbook) each(name string, begin func(element) error) error {
	p, err := w.open(name, maxPart)
	if err != nil {
		return err
	}
	defer p.close()
	for {
		t, err := p.next()
		if err != nil || t == nil {
			return err
		}
		if s, ok := t.(xml.StartElement); ok {
			if err := begin(element{s, p.depth}); err != nil {
				return err
			}
		}
	}
}

// related returns the parts that one refers to, by identifier and by the last word of their kind.
func (w *workbook) related(name string) (byID, byKind map[string]string, err error) {
	dir, file := path.Split(name)
	byID, byKind = map[string]string{}, map[string]string{}
	err = w.each(dir+"_rels/"+file+".rels", func(e element) error {
		to := e.attr("Target")
		if e.Name.Local != "Relationship" || e.attr("TargetMode") == "External" {
			return nil
		}
		if strings.HasPrefix(to, "/") {
			to = strings.TrimPrefix(path.Clean(to), "/")
		} else {
			to = path.Join(dir, to)
		}
		byID[e.attr("Id")] = to
		if kind := path.Base(e.attr("Type")); byKind[kind] == "" {
			byKind[kind] = to
		}
		return nil
	})
	return byID, byKind, err
}

// rows finds the first sheet and what its cells refer to.
func (w *workbook) rows() (Rows, error) {
	_, top, err := w.related("")
	if err != nil {
		return nil, err
	}
	byID, byKind, err := w.related(top["officeDocument"])
	if err != nil {
		return nil, err
	}
	first := ""
	if err := w.each(top["officeDocument"], func(e element) error {
		switch e.Name.Local {
		case "sheet":
			if first == "" {
				first = byID[e.attr("id")]
			}
		case "workbookPr":
			if v := e.attr("date1904"); v == "1" || v == "true" {
				w.since = 1904
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if name := byKind["sharedStrings"]; name != "" {
		if err := w.strings(name); err != nil {
			return nil, err
		}
	}
	if name := byKind["styles"]; name != "" {
		if err := w.styles(name); err != nil {
			return nil, err
		}
	}
	p, err := w.open(first, maxSheet)
	if err != nil {
		return nil, err
	}
	return &sheetRows{w: w, p: p}, nil
}

// strings reads the texts that cells share. How they sound, which stands beside some, is no part of them.
func (w *workbook) strings(name string) error {
	p, err := w.open(name, maxStrings)
	if err != nil {
		return err
	}
	defer p.close()
	var b strings.Builder
	taking, sound := false, 0
	for {
		t, err := p.next()
		if err != nil || t == nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			taking = t.Name.Local == "t" && sound == 0
			if t.Name.Local == "rPh" {
				sound++
			}
		case xml.CharData:
			if taking && b.Len() <= MaxCell {
				b.Write(t)
			}
		case xml.EndElement:
			taking = false
			switch t.Name.Local {
			case "rPh":
				sound--
			case "si":
				if len(w.shared) >= MaxRows*10 {
					return large()
				}
				w.shared = append(w.shared, strings.Clone(b.String()))
				b.Reset()
			}
		}
	}
}

// styles reads which styles show a number as a date.
func (w *workbook) styles(name string) error {
	own, inside := map[string]string{}, false
	return w.each(name, func(e element) error {
		switch e.Name.Local {
		case "numFmt":
			own[e.attr("numFmtId")] = e.attr("formatCode")
		case "cellXfs":
			inside = true
		case "cellStyles", "cellStyleXfs", "dxfs":
			inside = false
		case "xf":
			if inside {
				code, ok := own[e.attr("numFmtId")]
				n, err := strconv.Atoi(e.attr("numFmtId"))
				w.dates = append(w.dates, ok && dateFormat(code) || !ok && err == nil && builtInDate(n))
			}
		}
		return nil
	})
}

// builtInDate reports whether a format that a workbook does not describe shows a date (ECMA-376 part 1, 18.8.30).
func builtInDate(n int) bool {
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 54 || n == 57 || n == 58
}

// dateFormat reports whether a format shows a day or a year: what stands in quotation marks or brackets is no part of it.
func dateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case quoted:
			quoted = c != '"'
		case bracket:
			bracket = c != ']'
		case c == '"':
			quoted = true
		case c == '[':
			bracket = true
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == 'y' || c == 'Y' || c == 'd' || c == 'D':
			return true
		}
	}
	return false
}
