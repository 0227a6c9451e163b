package webtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"testing"
)

// RegisterMapping says what the columns of [RegisterTable] mean.
const RegisterMapping = `{"schema":"opentrm/intake-mapping/1","source":"demo-register","use":"registered","missing":{"":"not-asked"},"columns":[
	{"column":"First name","field":"name.given"},{"column":"Last name","field":"name.surname"},{"column":"Born","field":"birth","date":"yyyy-mm-dd"}]}`

// RegisterTable is a table of invented people, one of whom was born last winter.
const RegisterTable = "First name,Last name,Born\nDemona,Izmislena,1999-05-17\nIvana,Proba,last winter\n,,\n"

// Table is a form with a table.
func Table(t testing.TB, kind, table, mapping string) (media string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	put := func(out io.Writer, err error, text string) {
		if err == nil {
			_, err = io.WriteString(out, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := w.CreateFormField("kind")
	put(out, err, kind)
	for name, text := range map[string]string{"table": table, "mapping": mapping} {
		out, err := w.CreateFormFile(name, name)
		put(out, err, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// Upload is a form with one file.
func Upload(t testing.TB, field, name string, content []byte, more ...string) (media string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(more); i += 2 {
		if err := w.WriteField(more[i], more[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		out, err := w.CreateFormFile(field, name)
		if err == nil {
			_, err = out.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}
