package subject

import (
	"net/http"
	"os"
	"path/filepath"
)

// Drawings serves the drawings of a building below a folder, such as /drawings?file=floor2/plan.pdf.
func Drawings(folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("file")
		if !filepath.IsLocal(name) || filepath.Ext(name) != ".pdf" {
			http.Error(w, "no such drawing", http.StatusNotFound)
			return
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			http.Error(w, "no such drawing", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(content)
	}
}
