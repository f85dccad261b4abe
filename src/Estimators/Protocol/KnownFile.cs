namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>A file that is published elsewhere.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Url">Where to get it.</param>
/// <param name="Bytes">Its length; null where none is published.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal; null where none is published.</param>
public sealed record KnownFile(string Name, string Url, long? Bytes = null, string? Sha256 = null)
{
    // Lengths and hashes: the Git LFS pointers of copies of Meta's files, which agree with each other, for instance
    // https://huggingface.co/mashb1t/misc/commit/78e181357bf2e286bf2e76635c0b5cd89583c5d9 and
    // https://huggingface.co/netradrishti/sam/commit/0ca332df7096f034b3d7f18f9ce6b6912dbce70b. Meta's page gives none.

    /// <summary>SAM vit_b, 375,042,383 bytes.</summary>
    public static KnownFile SamVitB { get; } = new("sam_vit_b_01ec64.pth", "https://dl.fbaipublicfiles.com/segment_anything/sam_vit_b_01ec64.pth",
        375_042_383, "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912");

    /// <summary>SAM vit_h, 2,564,550,879 bytes.</summary>
    public static KnownFile SamVitH { get; } = new("sam_vit_h_4b8939.pth", "https://dl.fbaipublicfiles.com/segment_anything/sam_vit_h_4b8939.pth",
        2_564_550_879, "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e");
}
