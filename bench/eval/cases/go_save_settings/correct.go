package subject

import (
	"encoding/json"
	"errors"
	"io"
)

// Settings are the options that a user may override.
type Settings struct {
	Theme    string `json:"theme"`
	FontSize int    `json:"fontSize"`
}

// SaveSettings writes the settings to w as JSON and closes w in every case.
// A nil error means that the settings are stored completely.
func SaveSettings(w io.WriteCloser, settings Settings) (err error) {
	defer func() { err = errors.Join(err, w.Close()) }()
	if settings.FontSize <= 0 {
		return errors.New("font size must be positive")
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(settings)
}
