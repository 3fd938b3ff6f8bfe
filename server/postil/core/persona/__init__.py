"""A persona: the reader, with model, prompt and options, that a Modelfile describes.

The grammar is in `core/modelfile`. Where personas are found is in `service/personas`.
"""
