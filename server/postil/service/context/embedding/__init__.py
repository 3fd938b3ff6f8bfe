"""Makes the vectors of an index, with a model that is there, and of the questions to it.

What a vector is made of is in `core/context/described`; how they are kept, in `index/vectors`; which model embeds, in
`engine/picking/embedder`.
"""
