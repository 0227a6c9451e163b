package weboffice

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/page"
)

// A table comes with one request, is read in memory, and is kept until she says yes or a day has passed, sealed to her own keys: the node
// cannot open it without her, and it is in no backup. The report takes its place.

// tableForm is how many bytes a form with a table and a mapping may have.
const tableForm = intake.MostFile + 600<<10

// takeWithin bounds how long a table is taken, which a broken line does not stop.
const takeWithin = 2 * time.Minute

// kept is what is kept of an upload.
type kept struct {
	intake.Upload
	Report intake.Report `json:"report"`
}

func uploadAAD(name string) []byte { return []byte("import " + name) }

// keepUpload keeps an upload for her alone.
func (v *visit) keepUpload(ctx context.Context, name string, k kept) error {
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return v.Site.Sent.Finish(ctx, v.By.User, name, v.By.SealOwn(uploadAAD(name), b))
}

// upload returns what is kept of one of her uploads.
func (v *visit) upload() (name string, k kept, err error) {
	name = "import-" + v.R.PathValue("upload")
	sealed, err := v.Site.Sent.Led(v.R.Context(), v.By.User, name)
	if err != nil || len(sealed) == 0 {
		return name, k, fault.New(fault.NotFound, "intake.upload.gone")
	}
	b, err := v.By.OpenOwn(uploadAAD(name), sealed)
	if err != nil {
		return name, k, fault.New(fault.NotFound, "intake.upload.gone")
	}
	return name, k, json.Unmarshal(b, &k)
}

// importsModel is the imports of a desk in numbers.
type importsModel struct {
	table  page.Table
	pages  page.Pages
	taking bool
}

func (v *visit) imports() error {
	all, err := v.Intake.Runs(v.R.Context(), v.By.Actor, intake.Cases, id.Intake(v.R.URL.Query().Get("after")), page.PerPage)
	if err != nil {
		return err
	}
	m := importsModel{taking: page.May(v.By.Actor, access.WriteIntake), table: page.Table{
		Caption: page.Key("intake.list"), Named: true, Empty: page.Key("intake.list.empty"), Columns: []page.Column{
			{Text: page.Key("intake.began")},
			{Text: page.Key("intake.source")},
			{Text: page.Key("intake.by")},
			{Text: page.Key("signin.state")},
			{Text: page.Key("intake.taken"), Number: true},
			{Text: page.Key("intake.known"), Number: true},
			{Text: page.Key("intake.refused"), Number: true},
		},
	}}
	for _, r := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: v.When(r.Began)},
			{Text: page.Plain(r.Source)},
			{Text: page.Plain(string(r.User))},
			{Tag: runTag(r)},
			{Text: number(r.Taken)},
			{Text: number(r.Known)},
			{Text: number(r.Refused)},
		})
	}
	if len(all) == page.PerPage {
		m.pages.Next = "/imports?after=" + string(all[len(all)-1].ID)
	}
	return v.Show(page.Page{Title: page.Key("intake.title"), Body: importsScreen(v.P, m)})
}

func number(n int64) page.Msg { return page.Plain(strconv.FormatInt(n, 10)) }

func runTag(r intake.Run) *page.Tag {
	switch {
	case r.Ended == 0:
		return &page.Tag{Text: page.Key("intake.state.open"), Tone: page.Waiting}
	case r.Dry:
		return &page.Tag{Text: page.Key("intake.state.dry"), Tone: page.Off}
	}
	return &page.Tag{Text: page.Key("intake.state.ended"), Tone: page.Good}
}

// newImportModel is the form by which a table is sent.
type newImportModel struct {
	table, mapping page.Field
	kinds          page.Radios
}

func (v *visit) importForm() error { return v.showImportForm(0, nil) }

func (v *visit) showImportForm(status int, wrong []page.Error) error {
	m := newImportModel{
		table:   page.Field{ID: "table", Label: page.Key("intake.upload.table"), Hint: page.Key("intake.upload.table.hint"), Error: page.ErrorAt(wrong, "table")},
		mapping: page.Field{ID: "mapping", Label: page.Key("intake.upload.mapping"), Hint: page.Key("intake.upload.mapping.hint"), Optional: true, Error: page.ErrorAt(wrong, "mapping")},
		kinds: page.Radios{
			Field: page.Field{ID: "kind", Label: page.Key("intake.upload.kind"), Error: page.ErrorAt(wrong, "kind")}, Value: v.R.PostFormValue("kind"),
			Choices: []page.Choice{{Value: "htcds", Text: page.Key("intake.upload.kind.htcds")}, {Value: "mapping", Text: page.Key("intake.upload.kind.mapping")}},
		},
	}
	return v.Show(page.Page{Status: status, Title: page.Key("intake.upload"), Back: "/imports", Errors: wrong, Body: newImportScreen(v.P, m)})
}

// fileOf reads a file of the form; none is empty.
func (v *visit) fileOf(name string) ([]byte, error) {
	f, _, err := v.R.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// sentTable reads the form with a table. Nothing of it touches a disk: what may be in memory is more than what may come.
func (v *visit) sentTable() (intake.Upload, error) {
	var u intake.Upload
	var large *http.MaxBytesError
	err := v.R.ParseMultipartForm(2 * tableForm)
	if errors.As(err, &large) {
		return u, fault.New(fault.TooLarge, "intake.upload.large")
	}
	if err == nil {
		u.File, err = v.fileOf("table")
	}
	if err == nil {
		u.Mapping, err = v.fileOf("mapping")
	}
	field := ""
	switch kind := v.R.PostFormValue("kind"); {
	case err != nil:
		return u, fault.Wrap(fault.Invalid, "web.form", err)
	case kind != "htcds" && kind != "mapping":
		field = "kind"
	case len(u.File) == 0:
		field = "table"
	case kind == "mapping" && len(u.Mapping) == 0:
		field = "mapping"
	case kind == "htcds":
		u.Mapping = nil
	}
	if field != "" {
		return u, fault.New(fault.Invalid, "intake.upload.missing").With("field", field)
	}
	return u, nil
}

func (v *visit) sendTable() error {
	u, err := v.sentTable()
	var r intake.Report
	if err == nil {
		r, err = v.Intake.Whole(v.R.Context(), v.By.Actor, u, true)
	}
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		wrong, err := v.Correct(err, map[string]string{"": "table", "kind": "kind", "table": "table", "mapping": "mapping"})
		if err != nil {
			return err
		}
		return v.showImportForm(status, wrong)
	}
	name := string(id.Random[id.Notice](v.Site.IDs))
	if err := v.Site.Sent.Begin(v.R.Context(), v.By.User, "import-"+name); err != nil {
		return err
	}
	if err := v.keepUpload(v.R.Context(), "import-"+name, kept{u, r}); err != nil {
		return err
	}
	return v.To("/imports/"+name, "")
}

// reportModel is what would become, or became, of a table.
type reportModel struct {
	place   string
	confirm bool
	some    bool // there is something to take
	rows    []page.Row
	table   page.Table
	unsaid  string
}

func (v *visit) report() error {
	_, k, err := v.upload()
	if err != nil {
		return err
	}
	r := k.Report
	m := reportModel{place: "/imports/" + v.R.PathValue("upload"), confirm: r.Confirm, some: r.Run.Taken > 0, table: page.Table{
		Caption: page.Key("intake.report.rows"), Named: true, Empty: page.Key("intake.report.none"), Columns: []page.Column{
			{Text: page.Key("intake.report.row"), Number: true}, {Text: page.Key("intake.report.result")}, {Text: page.Key("intake.report.column")}, {Text: page.Key("intake.report.reason")},
		},
	}}
	for _, n := range []struct {
		key string
		n   int64
	}{{"intake.taken", r.Run.Taken}, {"intake.known", r.Run.Known}, {"intake.refused", r.Run.Refused}, {"intake.empty", r.Empty}} {
		m.rows = append(m.rows, page.Row{Key: page.Key(n.key), Value: number(n.n)})
	}
	for _, o := range r.Said {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: number(o.Number)},
			{Text: page.Key("intake.result." + string(o.Result))},
			{Text: page.Plain(o.Column)},
			{Text: page.Plain(v.P.Text(o.Key, "column", o.Column, "field", o.Column))},
		})
	}
	if r.Unsaid > 0 {
		m.unsaid = strconv.FormatInt(r.Unsaid, 10)
	}
	title := page.Key("intake.report")
	if r.Confirm {
		title = page.Key("intake.preview")
	}
	return v.Show(page.Page{Title: title, Back: "/imports", Body: reportScreen(v.P, title, m)})
}

func (v *visit) takeTable() error {
	name, k, err := v.upload()
	if err != nil {
		return err
	}
	if !k.Report.Confirm {
		return v.To("/imports/"+v.R.PathValue("upload"), "")
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(v.R.Context()), takeWithin)
	defer stop()
	r, err := v.Intake.Whole(ctx, v.By.Actor, k.Upload, false)
	if err != nil {
		return err
	}
	if err := v.keepUpload(ctx, name, kept{Report: r}); err != nil {
		return err
	}
	return v.To("/imports/"+v.R.PathValue("upload"), "")
}
