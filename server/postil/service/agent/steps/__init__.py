"""One answer of the model in a conversation: what is sent, how it calls tools, who decides about the next step.
No tool is run here, and nothing is shown.
"""
