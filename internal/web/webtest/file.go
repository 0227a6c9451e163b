package webtest

import (
	"bytes"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"regexp"
)

// Attached adds an invented picture to a case, whose metadata say where it was taken, and returns the path of the file.
func Attached(p *Somebody, path string) string {
	p.W.T.Helper()
	return p.Attach(path, "demo.jpg", Picture(p.W.T))
}

// Attach adds a file to a case and returns its path.
func (p *Somebody) Attach(path, name string, content []byte) string {
	p.W.T.Helper()
	media, body := FileForm(p.W.T, name, content)
	p.Raw(http.MethodPost, path+"/files", media, body).Is(http.StatusSeeOther)
	return p.Get(path + "/files").OK().Find(`href="(/cases/[^"]+/files/[^"]+)"><bdi>` + regexp.QuoteMeta(html.EscapeString(name)))
}

// FileForm is a form with a file, as a browser sends it.
func FileForm(t interface{ Fatal(...any) }, name string, content []byte) (media string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// Secret stands in the metadata of [Picture].
const Secret = "DEMO-GPS 41.99N 21.43E"

// Picture is a small picture with metadata.
func Picture(t interface{ Fatal(...any) }) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		for y := range 48 {
			img.Set(x, y, color.RGBA{uint8(4 * x), uint8(5 * y), 128, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	said := []byte("Exif\x00\x00" + Secret)
	n := len(said) + 2
	return append(append([]byte{0xff, 0xd8, 0xff, 0xe1, byte(n >> 8), byte(n)}, said...), b.Bytes()[2:]...)
}
